using System.Text;
using IppanFleet.Ippan;

namespace IppanFleet.Cli.Decoding;

/// <summary>Answers about one line at <paramref name="nowUs"/>, microseconds since the Unix epoch.</summary>
internal delegate DecodeAnswer LineDecoder(ReadOnlySpan<byte> line, ulong nowUs);

/// <summary>The kinds of text that <c>ippan decode</c> knows.</summary>
internal static class DecodableKinds
{
    public static IReadOnlyList<(string Name, string Description, LineDecoder Decoder)> All { get; } =
    [
        ("transaction", "Each line is a transaction.", DecodeTransaction),
        ("block", "Each line is a block.", DecodeBlock),
        ("message", "Each line is a network message, such as {\"Block\":…}.", DecodeMessage),
    ];

    private static DecodeAnswer DecodeTransaction(ReadOnlySpan<byte> line, ulong nowUs)
    {
        if (!Transaction.TryDecode(line, out var transaction, out var error, int.MaxValue)) return DecodeAnswer.Unreadable(error);
        return Answer(transaction.Encode(), transaction.Id, Fault(transaction, nowUs));
    }

    private static DecodeAnswer DecodeBlock(ReadOnlySpan<byte> line, ulong nowUs)
    {
        if (!Block.TryDecode(line, out var block, out var error, int.MaxValue)) return DecodeAnswer.Unreadable(error);
        return Answer(block.Encode(), block.Id, Fault(block, nowUs));
    }

    private static DecodeAnswer DecodeMessage(ReadOnlySpan<byte> line, ulong nowUs)
    {
        if (!NetworkMessage.TryDecode(line, out var message, out var error, int.MaxValue)) return DecodeAnswer.Unreadable(error);
        var (id, fault) = message switch
        {
            NetworkMessage.TransactionMessage carried => (carried.Transaction.Id, Fault(carried.Transaction, nowUs)),
            NetworkMessage.BlockMessage carried => (carried.Block.Id, Fault(carried.Block, nowUs)),
            NetworkMessage.BlockResponseMessage carried => (carried.Block.Id, Fault(carried.Block, nowUs)),
            _ => ((Hash32?)null, (string?)null),
        };
        return Answer(message.Encode(), id, fault);
    }

    private static string? Fault(Transaction transaction, ulong nowUs) => transaction.Validate(nowUs) is var fault and not TransactionFault.None ? fault.ToString() : null;

    private static string? Fault(Block block, ulong nowUs) => block.Validate(nowUs) is var fault and not BlockFault.None ? fault.ToString() : null;

    private static DecodeAnswer Answer(byte[] canonical, Hash32? id, string? fault) => new(Parses: true, fault is null, id?.ToString(), Encoding.UTF8.GetString(canonical), fault);
}
