using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using IppanFleet.Ippan;

namespace IppanFleet.Cli.Tests;

public sealed class DecodeTests
{
    private static readonly string[] Fields = ["parses", "isValid", "id", "canonical", "error"];

    [Fact]
    public async Task Decode_EveryRecordedTransaction_AnswersWhatWasRecorded() => await CheckRecorded("transaction", "ippan-transactions.json");

    [Fact]
    public async Task Decode_EveryRecordedBlock_AnswersWhatWasRecorded() => await CheckRecorded("block", "ippan-blocks.json");

    [Fact]
    public async Task Decode_Messages_AnswersForWhatTheyCarry()
    {
        var transactions = Recorded("ippan-transactions.json");
        var blocks = Recorded("ippan-blocks.json");
        var valid = transactions.GetProperty("valid")[0];
        var invalid = transactions.GetProperty("invalid")[0];
        var block = blocks.GetProperty("valid")[0];
        var zeros = string.Join(',', Enumerable.Repeat(0, 32));
        var answers = await Decode(
            "message",
            $$"""{"Transaction":{{Text(valid, "json")}}}""",
            $$"""{"Transaction":{{Text(invalid, "json")}}}""",
            $$"""{"Block":{{Text(block, "json")}}}""",
            $$"""{"BlockResponse":{{Text(block, "json")}}}""",
            $$$"""{"BlockRequest":{"hash":[{{{zeros}}}]}}""",
            """{"PeerInfo":["a",[]]}""",
            """{"Ping":{}}""");
        Check(answers[0], true, true, Text(valid, "id_hex"));
        Check(answers[1], true, false, Text(invalid, "id_hex"));
        answers[1].GetProperty("error").GetString().ShouldBe(nameof(TransactionFault.SignatureWrong));
        Check(answers[2], true, true, Text(block, "id_hex"));
        Check(answers[3], true, true, Text(block, "id_hex"));
        Check(answers[4], true, true, null);
        Check(answers[5], true, true, null);
        answers[5].GetProperty("canonical").GetString().ShouldBe("""{"PeerInfo":{"peer_id":"a","addresses":[],"time_us":null}}""");
        Check(answers[6], false, null, null);
    }

    [Fact]
    public async Task Decode_AwkwardLines_AnswersEach()
    {
        const string Peers = """{"PeerDiscovery":{"peers":["\u0001\"\\<>&é😀"]}}""";
        byte[] input =
        [
            .. Encoding.UTF8.GetBytes(Peers), .. "\r\n"u8,
            .. "\n"u8,
            .. "\r\n"u8,
            .. "\uFEFF"u8, .. Encoding.UTF8.GetBytes(Peers), .. "\n"u8,
            .. "{\"PeerDiscovery\":{\"peers\":[]}}"u8, 0xff, .. "\n"u8,
            .. Encoding.UTF8.GetBytes(Peers),
        ];
        var answers = await Decode("message", input);
        answers.Select(answer => answer.GetProperty("parses").GetBoolean()).ShouldBe([true, false, false, false, false, true]);
        answers[0].GetProperty("canonical").GetString().ShouldBe(Peers);
        foreach (var answer in answers.Where(answer => !answer.GetProperty("parses").GetBoolean()))
        {
            Check(answer, false, null, null);
            answer.GetProperty("canonical").ValueKind.ShouldBe(JsonValueKind.Null);
        }
    }

    [Fact]
    public async Task Decode_LineOfManyMegabytes_IsAnswered()
    {
        var peers = string.Join(',', Enumerable.Repeat("\"http://127.0.0.1:9000\"", 400_000));
        var line = $$$"""{"PeerDiscovery":{"peers":[{{{peers}}}]}}""";
        var answers = await Decode("message", line, line);
        answers.Length.ShouldBe(2);
        answers[1].GetProperty("canonical").GetString().ShouldBe(line);
    }

    [Fact]
    public async Task Decode_WhenInputPauses_HasAnswered()
    {
        var input = new Pipe();
        var output = new Pipe();
        var running = new CommandLine(input.Reader.AsStream(), output.Writer.AsStream(), TextWriter.Null, TextWriter.Null, TimeProvider.System).RunAsync(["decode", "message"]);
        using var answers = new StreamReader(output.Reader.AsStream());
        for (var round = 0; round < 3; round++)
        {
            await input.Writer.WriteAsync("{\"PeerDiscovery\":{\"peers\":[]}}\n"u8.ToArray());
            (await answers.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)))!.ShouldStartWith("{\"parses\":true");
        }

        await input.Writer.CompleteAsync();
        (await running).ShouldBe(0);
    }

    [Theory]
    [InlineData("expected: ippan decode")]
    [InlineData("expected: ippan decode transaction|block|message", "decode")]
    [InlineData("expected: ippan decode transaction|block|message", "decode", "blocks")]
    [InlineData("expected: ippan decode", "encode")]
    [InlineData("expected: ippan decode block (and nothing more)", "decode", "block", "file.json")]
    [InlineData("expected: ippan decode block (and nothing more)", "decode", "block", "--fast")]
    public async Task WrongArguments_AnswerOneLineAndExitCodeTwo(string expected, params string[] arguments)
    {
        using var errors = new StringWriter();
        var exit = await new CommandLine(Stream.Null, Stream.Null, TextWriter.Null, errors, TimeProvider.System).RunAsync(arguments);
        exit.ShouldBe(2);
        errors.ToString().TrimEnd().ShouldBe(expected);
    }

    [Fact]
    public async Task Help_Asked_IsWrittenWithExitCodeZero()
    {
        using var text = new StringWriter();
        (await new CommandLine(Stream.Null, Stream.Null, text, TextWriter.Null, TimeProvider.System).RunAsync(["decode", "--help"])).ShouldBe(0);
        text.ToString().ShouldContain("transaction");
    }

    [Fact]
    public async Task Process_FedThroughItsStandardStreams_AnswersAndExits()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "ippan.dll"), "decode", "message" },
        };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync("{\"PeerDiscovery\":{\"peers\":[]}}\nx\n");
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        output.ShouldBe(
            """
            {"parses":true,"isValid":true,"id":null,"canonical":"{\"PeerDiscovery\":{\"peers\":[]}}","error":null}
            {"parses":false,"isValid":null,"id":null,"canonical":null,"error":"expected an object with one key, found 'x' at byte 0"}

            """);
        process.ExitCode.ShouldBe(0);
    }

    private static async Task CheckRecorded(string kind, string file)
    {
        var recorded = Recorded(file);
        var cases = new[] { "valid", "invalid", "json_decoding" }.SelectMany(list => recorded.GetProperty(list).EnumerateArray()).ToArray();
        var answers = await Decode(kind, [.. cases.Select(entry => Text(entry, "json"))]);
        answers.Length.ShouldBe(cases.Length);
        foreach (var (vector, answer) in cases.Zip(answers))
        {
            var parses = !vector.TryGetProperty("parses", out var flag) || flag.GetBoolean();
            var name = Text(vector, "name");
            answer.GetProperty("parses").GetBoolean().ShouldBe(parses, name);
            if (!parses)
            {
                Check(answer, false, null, null);
                continue;
            }

            Check(answer, true, vector.GetProperty("is_valid").GetBoolean(), Text(vector, "id_hex"));
            var canonical = vector.TryGetProperty("canonical_json", out var text) ? text.GetString() : Text(vector, "json");
            answer.GetProperty("canonical").GetString().ShouldBe(canonical, name);
        }
    }

    private static void Check(JsonElement answer, bool parses, bool? isValid, string? id)
    {
        answer.EnumerateObject().Select(property => property.Name).ShouldBe(Fields);
        answer.GetProperty("parses").GetBoolean().ShouldBe(parses);
        (answer.GetProperty("isValid").ValueKind == JsonValueKind.Null ? (bool?)null : answer.GetProperty("isValid").GetBoolean()).ShouldBe(isValid);
        answer.GetProperty("id").GetString().ShouldBe(id);
        (answer.GetProperty("error").ValueKind == JsonValueKind.Null).ShouldBe(isValid == true);
    }

    private static Task<JsonElement[]> Decode(string kind, params string[] lines) => Decode(kind, Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));

    private static async Task<JsonElement[]> Decode(string kind, byte[] input)
    {
        using var output = new MemoryStream();
        using var errors = new StringWriter();
        var exit = await new CommandLine(new MemoryStream(input), output, TextWriter.Null, errors, TimeProvider.System).RunAsync(["decode", kind]);
        exit.ShouldBe(0, errors.ToString());
        return [.. Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.Clone())];
    }

    private static JsonElement Recorded(string file) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", file))).RootElement;

    private static string Text(JsonElement entry, string property) => entry.GetProperty(property).GetString()!;
}
