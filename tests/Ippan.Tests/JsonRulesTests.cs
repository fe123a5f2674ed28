using System.Text;

namespace IppanFleet.Ippan.Tests;

/// <summary>Wire specification, section 5, sentence by sentence. Texts are made from valid ones by replacing one piece.</summary>
public sealed class JsonRulesTests
{
    private static readonly string Plain = VectorFile.Case(VectorFile.Transactions, "valid", "plain-amount-1").Text("json");
    private static readonly string Everything = VectorFile.Case(VectorFile.Transactions, "valid", "everything").Text("json");
    private static readonly string BlockText = VectorFile.Case(VectorFile.Blocks, "valid", "parents-2-transactions-0").Text("json");
    private static readonly string Zeros = "[" + string.Join(',', Enumerable.Repeat(0, 32)) + "]";
    private static readonly string HashTimerText = $$"""{"timestamp_us":1,"entropy":{{Zeros}},"signature":[],"public_key":[]}""";

    [Theory]
    [InlineData("0")]
    [InlineData("18446744073709551615")]
    [InlineData(" 7 ")]
    [InlineData("\r\n\t7")]
    public void UnsignedNumber_WholeAndInRange_IsRead(string number) => ShouldParse(Replace(Plain, "\"nonce\":1", $"\"nonce\":{number}"));

    [Theory]
    [InlineData("1.0")]
    [InlineData("1e0")]
    [InlineData("1E2")]
    [InlineData("-0")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("01")]
    [InlineData("00")]
    [InlineData("\"1\"")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("[1]")]
    [InlineData("{}")]
    [InlineData("0x1")]
    [InlineData("1_0")]
    [InlineData("NaN")]
    [InlineData("")]
    [InlineData("18446744073709551616")]
    [InlineData("18446744073709551620")]
    [InlineData("99999999999999999999999999999999999999999")]
    public void UnsignedNumber_OfAnotherForm_IsRefused(string number) => ShouldFail(Replace(Plain, "\"nonce\":1", $"\"nonce\":{number}"), "at byte ");

    [Theory]
    [InlineData("0")]
    [InlineData("9999999999999999999")]
    [InlineData("10000000000000000000")]
    [InlineData("18446744073709551616")]
    [InlineData("340282366920938463463374607431768211455")]
    public void Amount_InRange_IsReadAndWrittenBack(string number)
    {
        var json = Replace(Plain, "\"amount\":1,", $"\"amount\":{number},");
        Encoding.UTF8.GetString(ShouldParse(json).Encode()).ShouldBe(json);
    }

    [Theory]
    [InlineData("340282366920938463463374607431768211456")]
    [InlineData("3402823669209384634633746074317682114550")]
    [InlineData("-1")]
    [InlineData("-0")]
    [InlineData("01")]
    [InlineData("1.5")]
    [InlineData("18446744073709551616.0")]
    [InlineData("1e3")]
    [InlineData("\"1\"")]
    [InlineData("null")]
    public void Amount_OfAnotherForm_IsRefused(string number) => ShouldFail(Replace(Plain, "\"amount\":1,", $"\"amount\":{number},"), "amount");

    [Theory]
    [InlineData("9223372036854775807", true)]
    [InlineData("-9223372036854775808", true)]
    [InlineData("-1", true)]
    [InlineData("0", true)]
    [InlineData("9223372036854775808", false)]
    [InlineData("-9223372036854775809", false)]
    [InlineData("-0", false)]
    [InlineData("-01", false)]
    [InlineData("- 1", false)]
    [InlineData("--1", false)]
    [InlineData("-", false)]
    [InlineData("1.0", false)]
    public void SignedNumber_OfThatForm_IsReadOrRefused(string number, bool parses)
    {
        var json = HashTimerText.Replace(":1,", $":{number},", StringComparison.Ordinal);
        HashTimer.TryDecode(Encoding.UTF8.GetBytes(json), out var timer, out var error).ShouldBe(parses, error);
        if (timer is not null) Encoding.UTF8.GetString(timer.Encode()).ShouldBe(json);
    }

    [Theory]
    [InlineData("256")]
    [InlineData("1000")]
    [InlineData("-1")]
    [InlineData("-0")]
    [InlineData("00")]
    [InlineData("01")]
    [InlineData("1.0")]
    [InlineData("1e0")]
    [InlineData("\"1\"")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("")]
    public void ByteInFixedArray_OfAnotherForm_IsRefused(string number) => ShouldFailRequest($"[{number}{Zeros[2..]}");

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("\"00000000000000000000000000000000\"")]
    [InlineData("\"0000000000000000000000000000000000000000000000000000000000000000\"")]
    [InlineData("{}")]
    [InlineData("0")]
    public void FixedArray_OfAnotherForm_IsRefused(string array) => ShouldFailRequest(array);

    [Fact]
    public void FixedArray_OfAnotherLength_IsRefused()
    {
        ShouldFailRequest("[" + string.Join(',', Enumerable.Repeat(0, 31)) + "]");
        ShouldFailRequest("[" + string.Join(',', Enumerable.Repeat(0, 33)) + "]");
        ShouldFailRequest(Zeros.Replace("]", ",]", StringComparison.Ordinal));
    }

    [Fact]
    public void FixedArray_WithWhiteSpaceAnywhere_IsRead() =>
        ShouldParseMessage($$"""{ "BlockRequest" : { "hash" : {{Zeros.Replace(",", " ,\t\r\n ", StringComparison.Ordinal).Replace("]", " ]", StringComparison.Ordinal)}} } }""");

    [Theory]
    [InlineData("\u00a0")]
    [InlineData("\u2003")]
    [InlineData("\f")]
    [InlineData("\v")]
    [InlineData("\0")]
    public void WhiteSpace_OfAnotherKind_IsRefused(string space) => ShouldFailMessage($$$"""{{{space}}}{"PeerDiscovery":{"peers":[]}}""");

    [Theory]
    [InlineData("x")]
    [InlineData("{}")]
    [InlineData(",")]
    [InlineData("\0")]
    [InlineData("//")]
    public void TrailingText_AfterTheValue_IsRefused(string trailing) => ShouldFailMessage($$$"""{"PeerDiscovery":{"peers":[]}} {{{trailing}}}""");

    [Fact]
    public void TrailingWhiteSpace_AfterTheValue_IsRead() => ShouldParseMessage("{\"PeerDiscovery\":{\"peers\":[]}} \r\n\t ");

    [Fact]
    public void ByteOrderMark_BeforeTheValue_IsRefused() => ShouldFailMessage("\uFEFF{\"PeerDiscovery\":{\"peers\":[]}}").ShouldContain("byte order mark");

    [Fact]
    public void InvalidUtf8_Anywhere_IsRefusedWithItsPlace()
    {
        byte[][] broken = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]];
        foreach (var piece in broken)
        {
            byte[] text = [.. "{\"PeerDiscovery\":{\"peers\":[\""u8, .. piece, .. "\"]}}"u8];
            NetworkMessage.TryDecode(text, out _, out var error).ShouldBeFalse();
            error!.ShouldContain("byte 28");
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("false")]
    [InlineData("-0")]
    [InlineData("-1.5e+10")]
    [InlineData("0.1E-2")]
    [InlineData("99999999999999999999999999999999999999999999")]
    [InlineData("\"\\u00e9\\ud83d\\ude00\\/\"")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("[[],{},[{\"a\":[1,2,{\"b\":null}]}], \"x\" ]")]
    [InlineData("{\"a\":1,\"a\":2}")]
    public void UnknownField_OfAnyValue_IsIgnored(string value) => ShouldParseMessage($$$"""{"PeerDiscovery":{"x":{{{value}}},"peers":[],"x":{{{value}}}}}""");

    [Theory]
    [InlineData("nul")]
    [InlineData("True")]
    [InlineData("01")]
    [InlineData("1.")]
    [InlineData(".5")]
    [InlineData("1e")]
    [InlineData("-")]
    [InlineData("+1")]
    [InlineData("[1,]")]
    [InlineData("[,1]")]
    [InlineData("[1 2]")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{a:1}")]
    [InlineData("{1:1}")]
    [InlineData("{\"a\" 1}")]
    [InlineData("[}")]
    [InlineData("{]")]
    [InlineData("'a'")]
    [InlineData("\"\\x\"")]
    [InlineData("\"\\u12g4\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"\\udc00\"")]
    [InlineData("\"a\u0001b\"")]
    [InlineData("\"open")]
    [InlineData("")]
    public void UnknownField_WithBrokenValue_IsRefused(string value) => ShouldFailMessage($$$"""{"PeerDiscovery":{"x":{{{value}}},"peers":[]}}""");

    [Theory]
    [InlineData(125, true)]
    [InlineData(126, false)]
    [InlineData(100_000, false)]
    public void Nesting_UpTo127Levels_IsRead(int levels, bool parses)
    {
        // Two levels are the message's own.
        var json = $$$"""{"PeerDiscovery":{"x":{{{new string('[', levels)}}}{{{new string(']', levels)}}},"peers":[]}}""";
        NetworkMessage.TryDecode(Encoding.UTF8.GetBytes(json), out _, out var error).ShouldBe(parses, error);
    }

    [Theory]
    [InlineData("{\"PeerDiscovery\":{\"peers\":[],\"peers\":[]}}")]
    [InlineData("{\"PeerInfo\":{\"peer_id\":\"a\",\"addresses\":[],\"time_us\":null,\"time_us\":null}}")]
    [InlineData("{\"PeerInfo\":{\"peer_id\":\"a\",\"peer\\u005fid\":\"a\",\"addresses\":[]}}")]
    public void KnownField_Twice_IsRefused(string json) => ShouldFailMessage(json).ShouldContain("twice");

    [Fact]
    public void KnownField_TwiceInAnyPart_IsRefused()
    {
        foreach (var field in new[] { "\"kind\":\"register\"", "\"expires_at\":null", "\"enc_algo\":\"x\"", "\"proof_type\":\"stark\"", "\"public_inputs\":{}", "\"topics\":[]" })
        {
            var name = field[..(field.IndexOf(':') + 1)];
            Everything.ShouldContain(name);
            ShouldFail(Replace(Everything, name, $"{field},{name}"), "twice");
        }
    }

    [Fact]
    public void RequiredField_Missing_IsRefusedByName()
    {
        foreach (var field in new[] { "id", "from", "to", "amount", "nonce", "hashtimer", "timestamp", "visibility", "signature" })
        {
            ShouldFail(Replace(Plain, $"\"{field}\":", $"\"x{field}\":"), $"\"{field}\" is missing");
        }

        foreach (var field in new[] { "header", "id", "creator", "round", "hashtimer", "parent_ids", "payload_ids", "merkle_payload", "merkle_parents" })
        {
            ShouldFailBlock(Replace(BlockText, $"\"{field}\":", $"\"x{field}\":"), $"\"{field}\" is missing");
        }

        foreach (var field in new[] { "kind", "handle", "owner", "enc_algo", "iv", "ciphertext", "access_keys", "recipient_pub", "enc_key", "proof_type", "proof" })
        {
            ShouldFail(Replace(Everything, $"\"{field}\":", $"\"x{field}\":"), $"\"{field}\" is missing");
        }
    }

    [Fact]
    public void OptionalField_Missing_IsRead()
    {
        foreach (var field in new[] { "prev_hashes", "tx_root", "transactions" }) ShouldParseBlock(BlockText.Replace($"\"{field}\":", $"\"x{field}\":", StringComparison.Ordinal));
        foreach (var field in new[] { "topics", "handle_op", "confidential", "zk_proof", "metadata", "expires_at", "public_inputs" })
        {
            ShouldParse(Replace(Everything, $"\"{field}\":", $"\"x{field}\":"));
        }
    }

    [Fact]
    public void Null_ForOptionals_IsReadAndForOthersRefused()
    {
        foreach (var field in new[] { "tx_root", "erasure_root", "receipt_root", "state_root" })
        {
            ShouldParseBlock(Replace(Replace(BlockText, "\"tx_root\":", "\"x\":"), "\"header\":{", $"\"header\":{{\"{field}\":null,"));
        }

        foreach (var field in new[] { "prev_hashes", "validator_sigs", "vrf_proof" })
        {
            ShouldFailBlock(Replace(Replace(BlockText, "\"prev_hashes\":", "\"x\":"), "\"header\":{", $"\"header\":{{\"{field}\":null,"), field);
        }

        ShouldFailBlock(Replace(BlockText, "{\"header\":", "{\"signature\":null,\"header\":"), "signature");
        foreach (var field in new[] { "handle_op", "confidential", "zk_proof" }) ShouldParse(Replace(Plain, "{\"id\":", $"{{\"{field}\":null,\"id\":"));
        ShouldFail(Replace(Plain, "{\"id\":", "{\"topics\":null,\"id\":"), "topics");
        ShouldFail(Replace(Plain, "\"public\"", "null"), "visibility");
        ShouldParseMessage("""{"PeerInfo":{"peer_id":"a","addresses":[],"time_us":null}}""");
    }

    [Fact]
    public void Key_InAnotherCase_IsAnUnknownField()
    {
        ShouldFail(Replace(Plain, "\"nonce\"", "\"Nonce\""), "nonce");
        ShouldParse(Replace(Plain, "{\"id\":", "{\"Nonce\":\"x\",\"id\":"));
    }

    [Fact]
    public void Struct_AsArray_IsReadInFieldOrder()
    {
        ShouldParseMessage("""{"PeerInfo":["a",["b"],5]}""").Encode().ShouldBe("""{"PeerInfo":{"peer_id":"a","addresses":["b"],"time_us":5}}"""u8.ToArray());
        ShouldParseMessage("""{"PeerInfo":["a",["b"]]}""");
        ShouldParseMessage("""{"PeerDiscovery":[["b"]]}""");
        ShouldParseMessage($$"""{"BlockRequest":[{{Zeros}}]}""");
        ShouldFailMessage("""{"PeerInfo":["a"]}""");
        ShouldFailMessage("""{"PeerInfo":["a",["b"],5,6]}""");
        ShouldFailMessage("""{"PeerInfo":["a",["b"],5,]}""");
        ShouldFailMessage("""{"PeerInfo":[["b"],"a"]}""");
        ShouldFailMessage("""{"PeerDiscovery":[]}""");
        HashTimer.TryDecode(Encoding.UTF8.GetBytes($"[1,{Zeros},[],[]]"), out var timer, out _).ShouldBeTrue();
        Encoding.UTF8.GetString(timer!.Encode()).ShouldBe(HashTimerText);
    }

    [Fact]
    public void HandleOperation_AsArray_StartsWithItsTag()
    {
        var signature = "[" + string.Join(',', Enumerable.Repeat(1, 64)) + "]";
        var json = Replace(Plain, "\"signature\":[", $"\"handle_op\":[\"register\",\"@a.ipn\",{Zeros},{{}},null,{signature}],\"signature\":[", last: true);
        ShouldParse(json).HandleOperation!.Handle.ShouldBe("@a.ipn");
        ShouldFail(Replace(json, "[\"register\",", "["), "kind");
    }

    [Theory]
    [InlineData("{\"public\":null}", true)]
    [InlineData(" { \"public\" : null } ", true)]
    [InlineData("\"\\u0070ublic\"", true)]
    [InlineData("{\"public\":{}}", false)]
    [InlineData("{\"public\":[]}", false)]
    [InlineData("{\"public\":null,\"x\":1}", false)]
    [InlineData("{\"public\":null,}", false)]
    [InlineData("{\"x\":null}", false)]
    [InlineData("{}", false)]
    [InlineData("\"PUBLIC\"", false)]
    [InlineData("\"\"", false)]
    [InlineData("0", false)]
    [InlineData("[\"public\"]", false)]
    public void UnitVariant_OfThatForm_IsReadOrRefused(string visibility, bool parses)
    {
        var json = Replace(Plain, "\"public\"", visibility);
        Transaction.TryDecode(Encoding.UTF8.GetBytes(json), out var transaction, out var error).ShouldBe(parses, error);
        if (transaction is not null) Encoding.UTF8.GetString(transaction.Encode()).ShouldBe(Plain);
    }

    [Fact]
    public void ProofType_AsObjectOfNull_IsReadAndHandleKindIsNot()
    {
        ShouldParse(Replace(Everything, "\"proof_type\":\"stark\"", "\"proof_type\":{\"stark\":null}"));
        ShouldFail(Replace(Everything, "\"kind\":\"register\"", "\"kind\":{\"register\":null}"), "kind");
        ShouldFail(Replace(Everything, "\"kind\":\"register\"", "\"kind\":\"update\""), "kind");
    }

    [Fact]
    public void ByteString_WhereSerdeBytesStands_IsItsUtf8()
    {
        var block = Replace(BlockText, "{\"header\":{", "{\"signature\":\"\u00e9\\u20ac\\n\",\"header\":{\"vrf_proof\":\"ab\",");
        var decoded = ShouldParseBlock(block);
        decoded.Signature.AsSpan().ToArray().ShouldBe("\u00e9\u20ac\n"u8.ToArray());
        decoded.Header.VrfProof.AsSpan().ToArray().ShouldBe("ab"u8.ToArray());

        var signature = Plain[Plain.LastIndexOf('[')..^1];
        ShouldParse(Replace(Plain, signature, $"\"{new string('\u00e9', 32)}\""));
        ShouldFail(Replace(Plain, signature, $"\"{new string('\u00e9', 64)}\""), "expected 64 bytes, found 128");
        ShouldFail(Replace(Plain, signature, "[]"), "expected 64 bytes, found 0");
        ShouldFail(Replace(Plain, signature, $"{signature[..^1]},1]"), "expected 64 bytes, found 65");
        ShouldFail(Replace(Plain, signature, "null"), "signature");
    }

    [Fact]
    public void ByteString_WhereAPlainListStands_IsRefused() =>
        HashTimer.TryDecode(Encoding.UTF8.GetBytes(HashTimerText.Replace("\"signature\":[]", "\"signature\":\"\"", StringComparison.Ordinal)), out _, out _).ShouldBeFalse();

    [Theory]
    [InlineData("a\\u0062c", "abc")]
    [InlineData("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t")]
    [InlineData("\\uD83D\\uDE00", "\U0001F600")]
    [InlineData("\\uffff\\u0000", "\uffff\0")]
    [InlineData("\u007f\u2028", "\u007f\u2028")]
    public void String_WithEscapes_IsDecoded(string json, string expected) => Peers($"\"{json}\"").ShouldBe([expected]);

    [Theory]
    [InlineData("\\ud800")]
    [InlineData("\\udc00")]
    [InlineData("\\udc00\\ud800")]
    [InlineData("\\ud800\\u0041")]
    [InlineData("\\ud800x")]
    [InlineData("\\ud800\\n")]
    [InlineData("\\ud800\\ud800")]
    [InlineData("\\u12")]
    [InlineData("\\U0041")]
    [InlineData("\\'")]
    [InlineData("\\")]
    [InlineData("\n")]
    [InlineData("\0")]
    [InlineData("\u001f")]
    public void String_WithBrokenEscapeOrRawControl_IsRefused(string json) => ShouldFailMessage($$$"""{"PeerDiscovery":{"peers":["{{{json}}}"]}}""");

    [Fact]
    public void String_Written_EscapesOnlyWhatMustBe()
    {
        var all = new string([.. Enumerable.Range(0, 0x80).Select(unit => (char)unit)]) + "\u0080\u00e9\u2028\uffff\U0001F600";
        var text = Encoding.UTF8.GetString(new NetworkMessage.PeerDiscoveryMessage([all]).Encode());
        text.ShouldBe(
            "{\"PeerDiscovery\":{\"peers\":[\"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u000f\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015"
            + "\\u0016\\u0017\\u0018\\u0019\\u001a\\u001b\\u001c\\u001d\\u001e\\u001f !\\\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
            + "\u007f\u0080\u00e9\u2028\uffff\U0001F600\"]}}");
    }

    [Fact]
    public void Map_InAnyOrder_IsSortedByUtf8AndTheLastOfEqualKeysWins()
    {
        var from = Everything.IndexOf("\"public_inputs\":{", StringComparison.Ordinal);
        var map = Everything[from..(Everything.IndexOf('}', from) + 1)];
        var transaction = ShouldParse(Replace(Everything, map, "\"public_inputs\":{\"\U0001F600\":\"4\",\"\\uffff\":\"3\",\"b\":\"1\",\"a\":\"0\",\"b\":\"2\",\"\":\"-\"}"));
        transaction.Proof!.PublicInputs.Entries.Select(entry => entry.Key + entry.Value).ShouldBe(["-", "a0", "b2", "\uffff3", "\U0001F6004"]);
        ShouldFail(Replace(Everything, map, "\"public_inputs\":{\"a\":1}"), "public_inputs");
        ShouldFail(Replace(Everything, map, "\"public_inputs\":[]"), "public_inputs");
        ShouldFail(Replace(Everything, map, "\"public_inputs\":null"), "public_inputs");
    }

    [Theory]
    [InlineData("\"PeerDiscovery\"")]
    [InlineData("null")]
    [InlineData("[\"PeerDiscovery\",{\"peers\":[]}]")]
    [InlineData("{\"PeerDiscovery\":{\"peers\":[]},\"PeerInfo\":{\"peer_id\":\"a\",\"addresses\":[]}}")]
    [InlineData("{\"PeerDiscovery\":{\"peers\":[]},}")]
    [InlineData("{\"PeerDiscovery\":null}")]
    [InlineData("{\"x\":1,\"PeerDiscovery\":{\"peers\":[]}}")]
    [InlineData("{\"PeerDiscovery\" {\"peers\":[]}}")]
    [InlineData("{\"PeerDiscovery\":{\"peers\":[]}")]
    [InlineData("")]
    [InlineData("  ")]
    public void Message_NotAnObjectOfOneKnownKey_IsRefused(string json) => ShouldFailMessage(json);

    [Fact]
    public void Message_KeyWithEscapes_IsRead() => ShouldParseMessage("""{"Peer\u0044iscovery":{"\u0070eers":[]}}""");

    [Fact]
    public void Message_AboveItsLimit_IsRefusedUnread()
    {
        var text = Encoding.UTF8.GetBytes("{\"PeerDiscovery\":{\"peers\":[]}}" + new string(' ', NetworkMessage.MaxBytes));
        NetworkMessage.TryDecode(text.AsSpan(0, NetworkMessage.MaxBytes), out _, out _).ShouldBeTrue();
        NetworkMessage.TryDecode(text.AsSpan(0, NetworkMessage.MaxBytes + 1), out _, out var error).ShouldBeFalse();
        error!.ShouldContain("524289 bytes, more than the 524288 allowed");
        NetworkMessage.TryDecode(text, out _, out _, int.MaxValue).ShouldBeTrue();
    }

    [Fact]
    public void Error_InsideParts_NamesTheWayAndThePlace()
    {
        var block = VectorFile.Case(VectorFile.Blocks, "valid", "parents-3-transactions-5").Text("json");
        var at = block.LastIndexOf("\"entropy\":[", StringComparison.Ordinal) + "\"entropy\":[".Length;
        var broken = $"{{\"Block\":{block[..at]}x{block[at..]}}}";
        ShouldFailMessage(broken).ShouldBe($"Block.transactions[4].hashtimer.entropy[0]: expected a number 0..255, found 'x' at byte {Encoding.UTF8.GetByteCount(broken.AsSpan(0, at + 9))}");
    }

    [Fact]
    public void DagVertex_EncodedAndDecoded_IsTheSame()
    {
        var vertex = new DagVertexAnnouncement(Hash32.Zero, [Hash32.Zero, Blake3.Hash("x"u8)], ulong.MaxValue, uint.MaxValue);
        DagVertexAnnouncement.TryDecode(vertex.Encode(), out var decoded, out var error).ShouldBeTrue(error);
        decoded.ShouldBe(vertex);
        Encoding.UTF8.GetString(new DagVertexAnnouncement(Hash32.Zero, [], 3, 4).Encode()).ShouldBe($$"""{"block_id":{{Zeros}},"parent_ids":[],"round":3,"width_hint":4}""");
        DagVertexAnnouncement.TryDecode(Encoding.UTF8.GetBytes($$"""{"block_id":{{Zeros}},"parent_ids":[],"round":3,"width_hint":4294967296}"""), out _, out _).ShouldBeFalse();
    }

    private static string[] Peers(string elements) =>
        [.. ShouldParseMessage($$$"""{"PeerDiscovery":{"peers":[{{{elements}}}]}}""").ShouldBeOfType<NetworkMessage.PeerDiscoveryMessage>().Peers];

    private static string Replace(string text, string piece, string replacement, bool last = false)
    {
        var at = last ? text.LastIndexOf(piece, StringComparison.Ordinal) : text.IndexOf(piece, StringComparison.Ordinal);
        at.ShouldBeGreaterThanOrEqualTo(0, piece);

        // A transaction's own signature comes after that of its HashTimer.
        if (piece == "\"signature\":" && !last) return Replace(text, piece, replacement, last: true);
        return text[..at] + replacement + text[(at + piece.Length)..];
    }

    private static Transaction ShouldParse(string json)
    {
        Transaction.TryDecode(Encoding.UTF8.GetBytes(json), out var transaction, out var error).ShouldBeTrue(error);
        return transaction!;
    }

    private static void ShouldFail(string json, string because)
    {
        Transaction.TryDecode(Encoding.UTF8.GetBytes(json), out var transaction, out var error).ShouldBeFalse();
        transaction.ShouldBeNull();
        error!.ShouldContain(because);
    }

    private static Block ShouldParseBlock(string json)
    {
        Block.TryDecode(Encoding.UTF8.GetBytes(json), out var block, out var error).ShouldBeTrue(error);
        return block!;
    }

    private static void ShouldFailBlock(string json, string because)
    {
        Block.TryDecode(Encoding.UTF8.GetBytes(json), out _, out var error).ShouldBeFalse();
        error!.ShouldContain(because);
    }

    private static NetworkMessage ShouldParseMessage(string json)
    {
        NetworkMessage.TryDecode(Encoding.UTF8.GetBytes(json), out var message, out var error).ShouldBeTrue(error);
        return message!;
    }

    private static string ShouldFailMessage(string json)
    {
        NetworkMessage.TryDecode(Encoding.UTF8.GetBytes(json), out var message, out var error).ShouldBeFalse();
        message.ShouldBeNull();
        return error.ShouldNotBeNull();
    }

    private static void ShouldFailRequest(string hash) => ShouldFailMessage($$$"""{"BlockRequest":{"hash":{{{hash}}}}}""");
}
