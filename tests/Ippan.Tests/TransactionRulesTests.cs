namespace IppanFleet.Ippan.Tests;

public sealed class TransactionRulesTests
{
    private const ulong Now = Samples.TimeUs + 1_000_000;

    [Fact]
    public void Transfer_Created_IsValidAndCarriesItsOwnId()
    {
        var transaction = Samples.Transfer();
        transaction.Validate(Now).ShouldBe(TransactionFault.None);
        transaction.IsValid(Now).ShouldBeTrue();
        transaction.Id.ShouldBe(transaction.ComputeId());
    }

    [Fact]
    public void Transfer_FromTheFuture_IsValidFromItsTimeOn()
    {
        var transaction = Samples.Transfer();
        transaction.Validate(transaction.TimestampUs - 1).ShouldBe(TransactionFault.FromTheFuture);
        transaction.Validate(transaction.TimestampUs).ShouldBe(TransactionFault.None);
    }

    [Fact]
    public void Transfer_OfNothing_IsRefusedUnlessConfidentialOrOnAHandle()
    {
        Signed(plain => plain with { Amount = 0 }).Validate(Now).ShouldBe(TransactionFault.AmountZero);
        Signed(plain => plain with { Amount = 0, HandleOperation = Samples.Handle(plain.From) }).Validate(Now).ShouldBe(TransactionFault.None);
        Signed(plain => plain with { To = plain.From }).Validate(Now).ShouldBe(TransactionFault.SelfTransfer);
        Signed(plain => Confidential(plain) with { Amount = 0, To = plain.From }).Validate(Now).ShouldBe(TransactionFault.None);
    }

    [Fact]
    public void Confidential_WithoutEnvelopeOrProof_IsRefused()
    {
        Signed(Confidential).Validate(Now).ShouldBe(TransactionFault.None);
        Signed(plain => Confidential(plain) with { Proof = null }).Validate(Now).ShouldBe(TransactionFault.ConfidentialPartMissing);
        Signed(plain => Confidential(plain) with { Confidential = null }).Validate(Now).ShouldBe(TransactionFault.ConfidentialPartMissing);
    }

    [Theory]
    [InlineData("@a.b", TransactionFault.None)]
    [InlineData("\u3000\t@a.b\u0085\u00a0 ", TransactionFault.None)]
    [InlineData("@.é", TransactionFault.None)]
    [InlineData("@a.", TransactionFault.HandleMalformed)]
    [InlineData(" @a. ", TransactionFault.HandleMalformed)]
    [InlineData("@abc", TransactionFault.HandleMalformed)]
    [InlineData("a.bcd", TransactionFault.HandleMalformed)]
    [InlineData("\u200b@a.b", TransactionFault.HandleMalformed)]
    [InlineData("\u001f@a.b", TransactionFault.HandleMalformed)]
    [InlineData("\u180e@a.b", TransactionFault.HandleMalformed)]
    [InlineData("", TransactionFault.HandleMalformed)]
    public void Handle_OfThatForm_IsAcceptedOrRefused(string handle, TransactionFault expected) =>
        Signed(plain => plain with { HandleOperation = Samples.Handle(plain.From, handle) }).Validate(Now).ShouldBe(expected);

    [Fact]
    public void Handle_OfAnotherOwnerOrWithoutSignature_IsRefused()
    {
        Signed(plain => plain with { HandleOperation = Samples.Handle(Samples.Filled(3)) }).Validate(Now).ShouldBe(TransactionFault.HandleOwnerWrong);
        Signed(plain => plain with { HandleOperation = Samples.Handle(plain.From) with { Signature = Samples.Bytes(63, 1) } }).Validate(Now).ShouldBe(TransactionFault.HandleSignatureLength);
    }

    [Fact]
    public void Transfer_ChangedAfterSigning_IsRefused()
    {
        var transaction = Samples.Transfer();
        (transaction with { Amount = 1 }).Validate(Now).ShouldBe(TransactionFault.SignatureWrong);
        (transaction with { Id = Hash32.Zero }).Validate(Now).ShouldBe(TransactionFault.IdWrong);
        (transaction with { Signature = [] }).Validate(Now).ShouldBe(TransactionFault.SignatureWrong);
    }

    [Fact]
    public void HashTimer_OtherThanTheUnsignedDerivation_IsRefused()
    {
        using var key = Samples.Key(1);
        var transaction = Samples.Transfer();
        (transaction with { HashTimer = transaction.HashTimer.Sign(key) }).Validate(Now).ShouldBe(TransactionFault.HashTimerWrong);
        (transaction with { HashTimer = transaction.HashTimer with { Signature = [1] } }).Validate(Now).ShouldBe(TransactionFault.HashTimerWrong);
        (transaction with { HashTimer = transaction.HashTimer with { PublicKey = [1] } }).Validate(Now).ShouldBe(TransactionFault.HashTimerWrong);
        (transaction with { HashTimer = transaction.HashTimer with { Entropy = Hash32.Zero } }).SignAsIs(key).Validate(Now).ShouldBe(TransactionFault.HashTimerWrong);
    }

    [Theory]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    public void Sender_OfSmallOrderOrNonCanonical_IsRefused(string sender)
    {
        // R the identity and S zero is a signature by the identity over everything.
        var forged = Samples.Transfer() with { From = Hash32.Parse(sender), Signature = ValueList.Create<byte>([1, .. new byte[63]]) };
        forged = forged with { HashTimer = forged.ComputeHashTimer() };
        forged = forged with { Id = forged.ComputeId() };
        forged.Validate(Now).ShouldBe(TransactionFault.SignatureWrong);
    }

    [Fact]
    public void BatchForm_OfOptionalParts_LeavesThemOut()
    {
        var rich = Signed(plain => plain with { Topics = ["a"] });
        TransactionWire.TryDecode(TransactionWire.Encode(rich), out var decoded, out var error).ShouldBeTrue(error);
        decoded.ShouldBe(rich with { Topics = [] });
    }

    [Fact]
    public void BatchForm_CutAnywhereOrExtended_IsRefused()
    {
        var wire = TransactionWire.Encode(Samples.Transfer());
        for (var length = 0; length < wire.Length; length++) TransactionWire.TryDecode(wire.AsSpan(0, length), out _, out _).ShouldBeFalse();
        TransactionWire.TryDecode([.. wire, 0], out _, out _).ShouldBeFalse();
        TransactionWire.TryDecode([.. wire.AsSpan(0, wire.Length - 73), 2, .. wire.AsSpan(wire.Length - 72)], out _, out var error).ShouldBeFalse();
        error!.ShouldContain("visibility");
    }

    private static Transaction Signed(Func<Transaction, Transaction> change)
    {
        using var key = Samples.Key(1);
        return change(Samples.Transfer()).Sign(key);
    }

    private static Transaction Confidential(Transaction plain) => plain with
    {
        Visibility = TransactionVisibility.Confidential,
        Confidential = new ConfidentialEnvelope { Algorithm = "a", Iv = "i", Ciphertext = "c", AccessKeys = [new AccessKey("r", "k")] },
        Proof = new StarkProof { Proof = "p", PublicInputs = TextMap.Create(new TextEntry("x", "1")) },
    };
}
