using System.Buffers.Binary;
using IppanFleet.Grains;
using IppanFleet.Ippan;

namespace IppanFleet.Hosting.Tests;

/// <summary>Messages for tests.</summary>
internal static class Samples
{
    internal static Hash32 Id(int number)
    {
        var bytes = new byte[Hash32.Size];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return new Hash32(bytes);
    }

    internal static GossipItem Item(GossipKind kind, int number, int size = 10) => new() { Kind = kind, MessageId = Id(number).ToArray(), Data = new byte[size] };

    internal static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            deadline.IsCancellationRequested.ShouldBeFalse($"never: {what}");
            await Task.Delay(10, CancellationToken.None);
        }
    }
}
