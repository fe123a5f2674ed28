using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Swarm;
using IppanFleet.P2P.LibP2P;

namespace IppanFleet.P2P.Tests;

[Trait("area", "libp2p")]
public sealed class AccessTests
{
    [Fact]
    public async Task RefusedPeer_LosesItsConnection_AndFindsNoneAgain()
    {
        await using var networks = new Networks("memory");
        var policy = new Policy();
        var first = await networks.StartAsync(configure: c => c with { Access = policy });
        var second = await networks.StartAsync(first);
        await Networks.UntilAsync(() => first.Snapshot().Peers.Count == 1, "connected");
        first.ApplyAccess([]);
        first.Snapshot().Peers.Count.ShouldBe(1);

        policy.Refused = second.PeerId;
        first.ApplyAccess([]);
        await Networks.UntilAsync(() => first.Snapshot().Peers.Count == 0 && second.Snapshot().Peers.Count == 0, "disconnected");
        (await Should.ThrowAsync<SwarmException>(first.DialAsync(second.Addresses[0]))).Fault.ShouldBe(SwarmFault.Gated);
    }

    [Fact]
    public async Task RefusedAuthor_WhatItSigned_IsNotTakenFromOthers()
    {
        await using var networks = new Networks("memory");
        var policy = new Policy();
        var author = await networks.StartAsync();
        var between = await networks.StartAsync(author);
        var last = await networks.StartAsync(between, c => c with { Access = policy });
        await Networks.MeshedAsync(author, between, last);
        policy.Refused = author.PeerId;

        await author.BroadcastBlockAsync(Networks.MakeBlock(author.Identity));
        await Networks.NextAsync<NetworkEvent.BlockReceived>(between);
        var allowed = Networks.MakeBlock(between.Identity, round: 2);
        await between.BroadcastBlockAsync(allowed);

        // The other one came first, on the same stream.
        (await Networks.NextAsync<NetworkEvent.BlockReceived>(last)).Block.Id.ShouldBe(allowed.Id);
        last.Snapshot().Delivered.ShouldBe(1);
        last.Snapshot().Peers.ShouldHaveSingleItem().Standing.ShouldBe(PeerStanding.Good);
    }

    [Fact]
    public async Task Snapshot_SaysWhatPeersBroughtAndHowTheyBehave()
    {
        await using var networks = new Networks("memory");
        var first = await networks.StartAsync(configure: c => c with { AgentVersion = "first/1" });
        var second = await networks.StartAsync(first);
        await Networks.MeshedAsync(first, second);
        var block = Networks.MakeBlock(first.Identity);
        await first.BroadcastBlockAsync(block);
        await first.BroadcastBlockAsync(block with { Header = block.Header with { Round = 99 } });

        await Networks.UntilAsync(() => second.Snapshot().Peers is [{ Accepted: 1, Rejected: 1 }], "one of each");
        var peer = second.Snapshot().Peers[0];
        peer.Standing.ShouldBe(PeerStanding.Suspect);
        peer.Penalty.ShouldBeGreaterThan(0);
        peer.Claims.Agent.ShouldBe("first/1");
        peer.Claims.Protocols.ShouldContain("/meshsub/1.2.0");
        peer.Claims.ListenAddresses.ShouldNotBeEmpty();
        second.Snapshot().Topics.Single(topic => topic.Topic == "ippan/blocks").Accepted.ShouldBe(1);
    }

    private sealed class Policy : IAccessPolicy
    {
        internal string? Refused { get; set; }

        public bool AllowDial(PeerId? peer, Multiaddr address) => peer?.ToString() != Refused;

        public bool AllowSecured(Direction direction, PeerId peer, Multiaddr remoteAddress) => peer.ToString() != Refused;

        public bool AllowAuthor(PeerId author) => author.ToString() != Refused;
    }
}
