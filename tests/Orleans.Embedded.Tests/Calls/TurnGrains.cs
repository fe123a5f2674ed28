using Orleans.Concurrency;
using Orleans.Runtime;

namespace Orleans.Tests.Calls;

/// <summary>Methods of every kind, which tests hold with gates.</summary>
public interface ITurns : IGrainWithStringKey
{
    Task Write(Gate gate);

    [ReadOnly]
    Task Read(Gate gate);

    [AlwaysInterleave]
    Task<string> Beside();

    [OneWay]
    Task FireAndFail(Gate gate);

    Task Fail(bool afterAwait);

    Task Spoil(Parcel parcel);

    Task<string> CallSelf();

    Task<string> Name();
}

[GrainType("tests-turns")]
internal sealed class TurnsGrain : Grain, ITurns
{
    public Task Write(Gate gate) => HoldAsync(gate);

    public Task Read(Gate gate) => HoldAsync(gate);

    public Task<string> Beside() => Name();

    public async Task FireAndFail(Gate gate)
    {
        await HoldAsync(gate);
        throw new TurnFault("nobody hears this");
    }

    public async Task Fail(bool afterAwait)
    {
        if (afterAwait) await Task.Yield();
        throw new TurnFault("as itself");
    }

    public Task Spoil(Parcel parcel)
    {
        parcel.Words.Add("spoiled");
        return Task.CompletedTask;
    }

    public Task<string> CallSelf() => GrainFactory.GetGrain<ITurns>(this.GetPrimaryKeyString()).Name();

    public Task<string> Name() => Task.FromResult(this.GetPrimaryKeyString());

    private static async Task HoldAsync(Gate gate)
    {
        gate.Reached.SetResult();
        await gate.Opened.Task;
        gate.Passed = true;
    }
}

public interface IOpenTurns : IGrainWithStringKey
{
    Task<string> CallSelf();

    Task<string> Name();
}

[GrainType("tests-open-turns"), Reentrant]
internal sealed class OpenTurnsGrain : Grain, IOpenTurns
{
    public Task<string> CallSelf() => GrainFactory.GetGrain<IOpenTurns>(this.GetPrimaryKeyString()).Name();

    public Task<string> Name() => Task.FromResult(this.GetPrimaryKeyString());
}

public sealed class TurnFault(string message) : Exception(message);
