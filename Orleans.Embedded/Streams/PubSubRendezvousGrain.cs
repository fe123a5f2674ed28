using System.Security.Cryptography;
using System.Text;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>A subscription as it is kept.</summary>
[GenerateSerializer, Alias("orleans.embedded.stream-subscriber")]
internal sealed class StreamSubscriber
{
    [Id(0)]
    public Guid Id { get; set; }

    /// <summary>A grain id, or that of a client.</summary>
    [Id(1)]
    public string Consumer { get; set; } = "";

    /// <summary>The same in every activation and process, since nobody stores it.</summary>
    public static Guid ImplicitId(string provider, StreamId stream, GrainType consumer) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"{provider}|{stream}|{consumer}")).AsSpan(0, 16));
}

/// <summary>What is stored per stream.</summary>
[GenerateSerializer, Alias("orleans.embedded.stream-subscriptions")]
internal sealed class StreamSubscriptions
{
    [Id(0)]
    public List<StreamSubscriber> Subscribers { get; set; } = [];
}

/// <summary>Keeps who subscribed to one stream by call; key: provider/namespace/key.</summary>
internal interface IPubSubRendezvousGrain : IGrainWithStringKey
{
    Task Add(string provider, StreamId stream, StreamSubscriber subscriber);

    Task Remove(string provider, StreamId stream, Guid subscription);

    Task<StreamSubscriber[]> Subscribers(string provider, StreamId stream);
}

[GrainType("pubsubrendezvous")]
internal sealed class PubSubRendezvousGrain([PersistentState("subscriptions", "PubSubStore")] IPersistentState<StreamSubscriptions> state)
    : Grain, IPubSubRendezvousGrain
{
    public Task Add(string provider, StreamId stream, StreamSubscriber subscriber)
    {
        state.State.Subscribers.RemoveAll(known => known.Id == subscriber.Id);
        state.State.Subscribers.Add(subscriber);
        return SaveAsync(provider, stream);
    }

    public Task Remove(string provider, StreamId stream, Guid subscription) =>
        state.State.Subscribers.RemoveAll(known => known.Id == subscription) > 0 ? SaveAsync(provider, stream) : Task.CompletedTask;

    public Task<StreamSubscriber[]> Subscribers(string provider, StreamId stream) => Task.FromResult(state.State.Subscribers.ToArray());

    private async Task SaveAsync(string provider, StreamId stream)
    {
        await state.WriteStateAsync().ConfigureAwait(true);
        if (((Activation)GrainContext).Silo.Cluster.Streams.TryGetValue(provider, out var hub)) hub.SubscribersChanged(stream, [.. state.State.Subscribers]);
    }
}
