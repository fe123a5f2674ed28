using System.Diagnostics;
using System.Numerics;

namespace IppanFleet.Libp2p.Tests.Fuzz;

/// <summary>Runs a parser on its kept seeds and then on mutations: nothing may leave it as an exception, hang, wait, or allocate beyond its bound.</summary>
/// <remarks>
/// Branches are not counted. What stands for them is what can be seen from outside: the outcome's code, how far the parser came, and what it allocated. An input that differs in one of them is mutated further.
/// The same seed makes the same inputs.
/// </remarks>
internal sealed class Fuzzer(FuzzTarget target, int seed)
{
    private const int LargestCorpus = 512;
    private const double SlowSeconds = 0.2;

    private readonly List<byte[]> _corpus = [];
    private readonly List<byte[]> _found = [];
    private readonly HashSet<int> _outcomes = [];
    private ReadOnlyMemory<byte> _input;
    private long _began, _count;

    /// <summary>Inputs given so far.</summary>
    internal long Count => _count;

    /// <summary>Outcomes that differed.</summary>
    internal int Outcomes => _outcomes.Count;

    /// <summary>The most that one input allocated, in bytes.</summary>
    internal long MostAllocated { get; private set; }

    /// <summary>Runs the target and says what came of it.</summary>
    internal static async Task RunAsync(FuzzTarget target)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("IPPAN_FUZZ_SEED"), System.Globalization.CultureInfo.InvariantCulture, out var wanted) ? wanted : 1;
        var fuzzer = new Fuzzer(target, seed);
        var clock = Stopwatch.StartNew();
        await fuzzer.RunAsync(LongTests.Wanted ? Math.Max(target.Inputs, 1_000_000) : target.Inputs);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{target.Name}: {fuzzer.Count:N0} inputs in {clock.Elapsed.TotalSeconds:0.0} s, {fuzzer.Outcomes} outcomes, at most {fuzzer.MostAllocated:N0} bytes for one");
    }

    /// <summary>Gives <paramref name="inputs"/> inputs to the parser.</summary>
    /// <exception cref="FuzzFailureException">One of them did what none may.</exception>
    internal async Task RunAsync(long inputs)
    {
        var running = Task.Factory.StartNew(() => LoopAsync(inputs), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        while (await Task.WhenAny(running, Task.Delay(target.HangsAfter / 4)) != running)
        {
            if (Volatile.Read(ref _began) is > 0 and var began && Stopwatch.GetElapsedTime(began) > target.HangsAfter) throw Failure($"it has taken more than {target.HangsAfter.TotalSeconds} s");
        }
        await running;
        FuzzSeeds.Keep(target.Name, _found);
    }

    private async Task LoopAsync(long inputs)
    {
        var kept = FuzzSeeds.Load(target.Name);
        foreach (var input in target.Right.Concat(kept))
        {
            _corpus.Add(input);
            await GiveAsync(input, isNew: false);
        }
        var mutator = new Mutator(new Random(seed), target.LongestInput);
        while (_count < inputs) await GiveAsync(mutator.Next(_corpus), isNew: true);
    }

    private async ValueTask GiveAsync(ReadOnlyMemory<byte> input, bool isNew)
    {
        _input = input;
        _count++;
        var outcome = await MeasureAsync(input);
        if (outcome.Exceeds(target, input.Length) is not null)
        {
            // A first use, a pool that grows or a pause of the machine may count once; not again for the same input.
            outcome = await MeasureAsync(input);
            if (outcome.Exceeds(target, input.Length) is { } what) throw Failure(what);
        }
        MostAllocated = Math.Max(MostAllocated, outcome.Allocated);
        if (outcome.Result.Code == 0 && target.Check is { } check) Hold(check, input.ToArray());
        var key = HashCode.Combine(outcome.Result.Code, Bucket(outcome.Result.Consumed), Bucket(outcome.Allocated));
        if (!_outcomes.Add(key) || !isNew || _corpus.Count >= LargestCorpus) return;
        var copy = input.ToArray();
        _corpus.Add(copy);
        _found.Add(copy);
    }

    private async ValueTask<Measured> MeasureAsync(ReadOnlyMemory<byte> input)
    {
        Volatile.Write(ref _began, Stopwatch.GetTimestamp());
        var before = GC.GetAllocatedBytesForCurrentThread();
        FuzzOutcome result;
        try
        {
            var reading = target.Read(input);
            if (!reading.IsCompleted) throw Failure("it waits");
            result = await reading;
        }
        catch (Exception e) when (e is not FuzzFailureException)
        {
            throw Failure(e.ToString(), e);
        }
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return new Measured(result, allocated, Stopwatch.GetElapsedTime(_began));
    }

    private void Hold(Action<byte[]> check, byte[] input)
    {
        try
        {
            check(input);
        }
        catch (Exception e)
        {
            throw Failure(e.Message, e);
        }
    }

    private FuzzFailureException Failure(string what, Exception? inner = null) =>
        new($"{target.Name}, seed {seed}, input {_count}: {Convert.ToHexStringLower(_input.Span)}: {what}", inner);

    private static int Bucket(long value) => value < 16 ? (int)value : 16 + (2 * BitOperations.Log2((ulong)value)) + (int)((value >> (BitOperations.Log2((ulong)value) - 1)) & 1);

    private readonly record struct Measured(FuzzOutcome Result, long Allocated, TimeSpan Took)
    {
        internal string? Exceeds(FuzzTarget target, int length)
        {
            var bound = target.Bytes + (target.BytesPerByte * length);
            if (Allocated > bound) return $"it allocated {Allocated} bytes twice; {length} bytes of input may cost {bound}";
            return Took.TotalSeconds > SlowSeconds ? $"it took {Took.TotalMilliseconds:0} ms twice" : null;
        }
    }
}
