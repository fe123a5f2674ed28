using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using IppanFleet.Libp2p.Protobuf;
using IppanFleet.Libp2p.Protocols.GossipSub;
using static IppanFleet.Libp2p.Tests.GossipSub.TestRouter;

namespace IppanFleet.Libp2p.Tests.GossipSub;

[Trait("area", "gossipsub")]
public sealed class CodecTests
{
    [Fact]
    public void Queue_AnyParts_ArriveAsTheyWereAdded() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(byte[][] Messages, int[] Ids, bool[] Changes)>(), input =>
        {
            var peer = new PeerState(Peer(1), isOutbound: false, new GossipSubOptions());
            var queue = peer.Queue;
            var messages = (input.Messages ?? []).Where(message => message is not null).Take(20).ToList();
            var ids = (input.Ids ?? []).Distinct().Select(Id32).ToArray();
            var topics = (input.Changes ?? []).Select((subscribe, i) => (Topic: new TopicState(new Topic($"topic-{i}")), Subscribe: subscribe)).ToList();
            foreach (var (topic, subscribe) in topics)
            {
                queue.AddSubscription(topic, subscribe);
                if (subscribe) queue.AddGraft(topic);
                else queue.AddPrune(topic, TimeSpan.FromSeconds(7));
            }
            foreach (var message in messages) queue.TryAddMessage(SignedMessage.Frame(message));
            foreach (var id in ids) queue.TryAddNotWanted(id);
            foreach (var entry in ControlEncoder.IHave(new TopicState(Blocks), ids, 400)) queue.TryAddGossip(entry).ShouldBeTrue();

            var sent = Take(peer);
            return sent.Messages.Count == messages.Count
                && sent.Messages.Zip(messages).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second))
                && sent.Subscriptions.SequenceEqual(topics.Select(t => (t.Topic.Topic.Name, t.Subscribe)))
                && sent.Grafts.SequenceEqual(topics.Where(t => t.Subscribe).Select(t => t.Topic.Topic.Name))
                && sent.Prunes.SequenceEqual(topics.Where(t => !t.Subscribe).Select(t => (t.Topic.Topic.Name, 7UL)))
                && sent.IDontWants.SequenceEqual(ids)
                && sent.IHaves.SelectMany(entry => entry.Ids).SequenceEqual(ids);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("subscriptions")]
    [InlineData("grafts")]
    [InlineData("ids")]
    [InlineData("messages")]
    [InlineData("topic")]
    public void Rpc_OverALimit_IsRefusedWithoutAllocating(string kind)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new ProtoWriter(output);
        var count = 349_525;
        switch (kind)
        {
            case "subscriptions":
                for (var i = 0; i < count; i++) writer.WriteBytes(RpcFields.Subscriptions, []);
                break;
            case "messages":
                for (var i = 0; i < count; i++) writer.WriteBytes(RpcFields.Publish, []);
                break;
            case "topic":
                writer.WriteHeader(RpcFields.Subscriptions, ProtoWriter.SizeOfBytes(RpcFields.SubscriptionTopic, Topic.MaxBytes + 1));
                writer.WriteBytes(RpcFields.SubscriptionTopic, new byte[Topic.MaxBytes + 1]);
                break;
            default:
                var entries = new ArrayBufferWriter<byte>();
                var control = new ProtoWriter(entries);
                for (var i = 0; i < count; i++) control.WriteBytes(kind == "grafts" ? RpcFields.ControlGraft : RpcFields.IWantIds, []);
                if (kind == "ids")
                {
                    writer.WriteHeader(RpcFields.Control, ProtoWriter.SizeOfBytes(RpcFields.ControlIWant, entries.WrittenCount));
                    writer.WriteBytes(RpcFields.ControlIWant, entries.WrittenSpan);
                }
                else
                {
                    writer.WriteBytes(RpcFields.Control, entries.WrittenSpan);
                }
                break;
        }
        var limits = new RpcLimits(new GossipSubOptions());
        var before = GC.GetAllocatedBytesForCurrentThread();
        RpcWalker.Walk(output.WrittenSpan, ref limits).ShouldBe(RpcFault.Refused);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(10_000);
        limits.Rule.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public void Rpc_WithUnknownFields_IsRead()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new ProtoWriter(output);
        writer.WriteVarint(77, 1);
        writer.WriteBytes(78, [1, 2, 3]);
        writer.WriteHeader(RpcFields.Control, ProtoWriter.SizeOfBytes(6, 4));
        writer.WriteBytes(6, [0, 0, 0, 0]);
        var limits = new RpcLimits(new GossipSubOptions());
        RpcWalker.Walk(output.WrittenSpan, ref limits).ShouldBe(RpcFault.None);
    }
}
