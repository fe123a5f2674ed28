using FsCheck;
using FsCheck.Fluent;
using IppanFleet.Libp2p.Muxers;

namespace IppanFleet.Libp2p.Tests.Muxers;

[Trait("area", "libp2p")]
public sealed class ByteQueueTests
{
    /// <summary>Whatever is appended, reserved, taken and cleared in whatever sizes: bytes come out once and in order, and an empty queue holds nothing.</summary>
    [Fact]
    public void Queue_AnyOrderOfCalls_IsAQueueOfBytes() => Prop.ForAll(ArbMap.Default.ArbFor<(int Seed, byte Steps)>(), input =>
    {
        var random = new Random(input.Seed);
        var queue = new ByteQueue();
        var model = new Queue<byte>();
        var (next, reserved) = ((byte)0, Memory<byte>.Empty);
        for (var i = 0; i < 20 + (2 * input.Steps); i++)
        {
            var size = random.Next(4) == 0 ? random.Next(70_000) : random.Next(300);
            if (random.Next(2) == 0)
            {
                Take(size);
            }
            else if (!reserved.IsEmpty)
            {
                var used = random.Next(reserved.Length + 1);
                for (var at = 0; at < used; at++) reserved.Span[at] = Add();
                queue.Commit(used);
                reserved = default;
            }
            else if (random.Next(2) == 0 && size > 0)
            {
                reserved = queue.Reserve(size);
                reserved.Length.ShouldBeInRange(1, size);
            }
            else
            {
                queue.Append([.. Enumerable.Range(0, size).Select(_ => Add())]);
            }
            queue.Length.ShouldBe(model.Count);
        }
        if (!reserved.IsEmpty) queue.Commit(0);
        while (model.Count > 0) Take(70_000);
        Take(1);
        queue.Held.ShouldBe(0);
        return true;

        byte Add()
        {
            model.Enqueue(next);
            return next++;
        }

        void Take(int size)
        {
            var target = new byte[size];
            queue.Take(target).ShouldBe(Math.Min(size, model.Count));
            var expected = new byte[size];
            for (var at = 0; at < size && model.Count > 0; at++) expected[at] = model.Dequeue();
            target.AsSpan().SequenceEqual(expected).ShouldBeTrue();
        }
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(5000)]
    public void Append_PiecesOfOneSize_HoldLittleMoreThanTheyAre(int size)
    {
        var queue = new ByteQueue();
        for (var i = 0; i < 256 * 1024 / size; i++)
        {
            queue.Append(new byte[size]);
            queue.Held.ShouldBeLessThanOrEqualTo((3 * queue.Length) + 512, $"after {queue.Length} bytes");
        }
    }

    [Fact]
    public void Take_AllButLittle_MovesTheRestToASmallBlock()
    {
        var queue = new ByteQueue();
        queue.Append(new byte[60_000]);
        queue.Take(new byte[59_999]);
        queue.Length.ShouldBe(1);
        queue.Held.ShouldBeLessThanOrEqualTo(512);
    }

    /// <summary>A reader that went away while the loop still writes: the block goes back only after.</summary>
    [Fact]
    public void Clear_WhileReserved_KeepsTheBlockUntilCommit()
    {
        var queue = new ByteQueue();
        var reserved = queue.Reserve(1000);
        queue.Clear();
        queue.Append([1, 2, 3]);
        reserved.Span.Fill(9);
        var target = new byte[10];
        queue.Take(target).ShouldBe(3);
        target[..3].ShouldBe(new byte[] { 1, 2, 3 });
        queue.Commit(1000);
        queue.Length.ShouldBe(0);
    }
}
