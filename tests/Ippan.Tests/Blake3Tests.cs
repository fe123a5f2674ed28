using System.Text.Json;
using IppanFleet.Ippan.Hashing;

namespace IppanFleet.Ippan.Tests;

public sealed class Blake3Tests
{
    // The first 32 bytes of "hash" in the official test vectors.
    [Theory]
    [InlineData(0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262")]
    [InlineData(1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213")]
    [InlineData(1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11")]
    [InlineData(1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7")]
    [InlineData(1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444")]
    public void Hash_OfOfficialInput_IsTheOfficialValue(int length, string expected) => Blake3.Hash(Input(length)).ToString().ShouldBe(expected);

    [Fact]
    public void Hash_OfEveryOfficialVector_IsTheOfficialValueInFull()
    {
        var file = OfficialVectors();
        Assert.SkipWhen(file is null, "The official vectors (shared/vectors/blake3.json) are not on this machine.");
        using var vectors = JsonDocument.Parse(File.ReadAllBytes(file));
        foreach (var vector in vectors.RootElement.GetProperty("cases").EnumerateArray())
        {
            var input = Input(vector.GetProperty("input_len").GetInt32());
            var expected = vector.Hex("hash");
            var output = new byte[expected.Length];
            Blake3.Hash(input, output);
            output.ShouldBe(expected, $"{input.Length} bytes");
            Blake3.Hash(input).ToArray().ShouldBe(expected[..32]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(1024)]
    [InlineData(3000)]
    [InlineData(70_001)]
    public void Hasher_FedInPieces_AgreesWithOneShot(int piece)
    {
        var input = Input(300_000);
        var hasher = new Blake3Hasher();
        for (var start = 0; start < input.Length; start += piece) hasher.Update(input.AsSpan(start, Math.Min(piece, input.Length - start)));
        hasher.Finish().ShouldBe(Blake3.Hash(input));
    }

    [Fact]
    public void Hasher_AskedBetweenPieces_GoesOnUnchanged()
    {
        var input = Input(20_000);
        var hasher = new Blake3Hasher();
        hasher.Finish().ShouldBe(Blake3.Hash([]));
        for (var length = 0; length < input.Length; length += 500)
        {
            hasher.Update(input.AsSpan(length, 500));
            hasher.Finish().ShouldBe(Blake3.Hash(input.AsSpan(0, length + 500)));
        }
    }

    [Fact]
    public void Hash_OfEverySmallChunkCount_AgreesWithChunkByChunkHashing()
    {
        // The plain tree, one chunk and one parent at a time, is what every shortcut must agree with.
        for (var length = 1; length < 150 * 1024; length += 613)
        {
            var input = Input(length);
            var output = new byte[80];
            Tree(input, 0).WriteRoot(output);
            var hashed = new byte[80];
            Blake3.Hash(input, hashed);
            hashed.ShouldBe(output, $"{length} bytes");
        }
    }

    [Fact]
    public void Compression_InPlainWords_AgreesWithTheVectorOne()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var value = default(ChainingValue);
            var block = default(BlockWords);
            for (var i = 0; i < 8; i++) value[i] = (uint)random.NextInt64();
            for (var i = 0; i < 16; i++) block[i] = (uint)random.NextInt64();
            var counter = (ulong)random.NextInt64();
            var plain = new uint[16];
            var vector = new uint[16];
            Blake3Compression.CompressPortable(in value, in block, counter, 64, 11, plain);
            Blake3Compression.CompressFull(in value, in block, counter, 64, 11, vector);
            vector.ShouldBe(plain);

            var shortened = value;
            Blake3Compression.CompressPortable(ref shortened, in block, counter, 64, 11, shortened);
            ((Span<uint>)shortened).ToArray().ShouldBe(plain[..8]);
        }
    }

    private static Blake3Node Tree(ReadOnlySpan<byte> input, ulong counter)
    {
        if (input.Length <= 1024) return Blake3Chunk.Last(input, counter);
        var left = 1024;
        while (2 * left < input.Length) left *= 2;
        var right = Tree(input[left..], counter + (ulong)(left / 1024)).ToChainingValue();
        return Blake3Node.Parent(Tree(input[..left], counter).ToChainingValue(), in right);
    }

    private static byte[] Input(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i % 251))];

    private static string? OfficialVectors()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "vectors", "blake3.json");
            if (File.Exists(candidate)) return candidate;
        }

        return null;
    }
}
