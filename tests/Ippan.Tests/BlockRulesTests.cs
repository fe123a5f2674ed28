namespace IppanFleet.Ippan.Tests;

public sealed class BlockRulesTests
{
    private const ulong Now = Samples.TimeUs + 1_000_000;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void Block_Created_IsValidAndAuthenticated(int transactions)
    {
        var block = Samples.SignedBlock(transactions);
        block.Validate(Now).ShouldBe(BlockFault.None);
        block.IsValid(Now).ShouldBeTrue();
        block.Authenticate().ShouldBe(BlockAuthentication.Valid);
        block.Signature.Count.ShouldBe(64);
        block.Validate(Samples.TimeUs - 1).ShouldBe(transactions == 0 ? BlockFault.FromTheFuture : BlockFault.TransactionInvalid);
    }

    [Fact]
    public void Authentication_WithoutOrWithAnotherSignature_IsReportedAndNoRule()
    {
        var block = Samples.SignedBlock(1);
        var unsigned = block with { Signature = [] };
        unsigned.Authenticate().ShouldBe(BlockAuthentication.Unsigned);
        unsigned.Validate(Now).ShouldBe(BlockFault.None);
        foreach (var signature in new[] { Samples.Bytes(64, 1), Samples.Bytes(1, 1), Samples.Bytes(65, 0) })
        {
            (block with { Signature = signature }).Authenticate().ShouldBe(BlockAuthentication.Invalid);
            (block with { Signature = signature }).Validate(Now).ShouldBe(BlockFault.None);
        }

        (block with { Header = block.Header with { Creator = Samples.Filled(1) } }).Authenticate().ShouldBe(BlockAuthentication.Invalid);
        (block with { Header = block.Header with { Id = Hash32.Zero } }).Authenticate().ShouldBe(BlockAuthentication.Invalid);
    }

    [Fact]
    public void Block_WithOnePartChanged_NamesTheBrokenRule()
    {
        var block = Samples.SignedBlock(2);
        var header = block.Header;
        Check(BlockFault.MerklePayloadWrong, block with { Header = header with { MerklePayload = Hash32.Zero } });
        Check(BlockFault.MerkleParentsWrong, block with { Header = header with { MerkleParents = Hash32.Zero } });
        Check(BlockFault.HeaderPreviousHashesWrong, block with { Header = header with { PreviousHashes = [] } });
        Check(BlockFault.TransactionRootWrong, block with { Header = header with { TransactionRoot = header.TransactionRoot!.ToUpperInvariant() } });
        Check(BlockFault.TransactionRootWrong, block with { Header = header with { TransactionRoot = "0x" + header.TransactionRoot } });
        Check(BlockFault.PreviousHashesWrong, block with { PreviousHashes = [header.PreviousHashes[0]] });
        Check(BlockFault.PayloadWrong, block with { Transactions = [block.Transactions[1], block.Transactions[0]] });
        Check(BlockFault.PayloadWrong, block with { Transactions = [block.Transactions[0]] });
        Check(BlockFault.TransactionInvalid, block with { Transactions = [block.Transactions[0] with { Id = Hash32.Zero }, block.Transactions[1]] });
        Check(BlockFault.HashTimerWrong, block with { Header = header with { Round = 4 } });
        Check(BlockFault.IdWrong, block with { Header = header with { VrfProof = [1] } });
        Check(BlockFault.None, block with { Transactions = [] });
        Check(BlockFault.None, block with { PreviousHashes = [] });
        Check(BlockFault.None, block with { Header = header with { TransactionRoot = null, StateRoot = "x", ValidatorSignatures = ["y"] } });
    }

    [Theory]
    [InlineData("0x", false, true)]
    [InlineData("0X", true, true)]
    [InlineData("", true, true)]
    [InlineData("0x0x", false, false)]
    [InlineData(" ", false, false)]
    [InlineData("00", false, false)]
    public void PreviousHashes_WithPrefixOrCase_AreReadAsHex(string prefix, bool upper, bool valid)
    {
        var block = Samples.SignedBlock(0);
        string Write(string hash) => prefix + (upper ? hash.ToUpperInvariant() : hash);
        ValueList<string> written = [Write(block.PreviousHashes[0]), Write(block.PreviousHashes[1])];
        Check(valid ? BlockFault.None : BlockFault.HeaderPreviousHashesWrong, block with { Header = block.Header with { PreviousHashes = written } });
        Check(valid ? BlockFault.None : BlockFault.PreviousHashesWrong, block with { PreviousHashes = written });
    }

    [Fact]
    public void MerkleRoot_OfManyLeaves_FollowsTheRule()
    {
        MerkleTree.Root([]).ShouldBe(Hash32.Zero);
        Hash32 a = Samples.Filled(1), b = Samples.Filled(2), c = Samples.Filled(3);
        MerkleTree.Root([a]).ShouldBe(a);
        var ab = Pair(a, b);
        MerkleTree.Root([a, b]).ShouldBe(ab);
        MerkleTree.Root([a, b, c]).ShouldBe(Pair(ab, Pair(c, c)));
        MerkleTree.Root([a, b, c, c]).ShouldBe(MerkleTree.Root([a, b, c]));
        var ccc = Pair(Pair(c, c), Pair(c, c));
        MerkleTree.Root([a, b, b, a, c]).ShouldBe(Pair(Pair(ab, Pair(b, a)), ccc));
    }

    private static Hash32 Pair(Hash32 left, Hash32 right) => Blake3.Hash([.. left.ToArray(), .. right.ToArray()]);

    private static void Check(BlockFault expected, Block block) => block.Validate(Now).ShouldBe(expected);
}
