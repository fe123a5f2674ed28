using FsCheck;
using FsCheck.Fluent;
using IppanFleet.Libp2p.Muxers.Yamux;

namespace IppanFleet.Libp2p.Tests.Muxers;

[Trait("area", "libp2p")]
public sealed class YamuxSessionTests
{
    private static readonly YamuxOptions Options = new();

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Header_AnyFields_RoundTrips(ushort flags) => Prop.ForAll(ArbMap.Default.ArbFor<(byte Version, byte Type, uint Id, uint Length)>(), input =>
    {
        var header = new YamuxHeader((YamuxType)input.Type, (YamuxFlags)flags, input.Id, input.Length, input.Version);
        var bytes = new byte[YamuxHeader.Size];
        header.Write(bytes);
        return YamuxHeader.Read(bytes) == header;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Header_Layout_IsThatOfTheSpecification()
    {
        var bytes = new byte[YamuxHeader.Size];
        new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Syn | YamuxFlags.Rst, 0x01020304, 0x05060708).Write(bytes);
        Convert.ToHexStringLower(bytes).ShouldBe("000100090102030405060708");
    }

    [Fact]
    public void TryOpen_Ids_AreOddForTheClientAndEvenForTheServer()
    {
        var client = new YamuxSession(initiator: true, Options);
        var server = new YamuxSession(initiator: false, Options);
        for (var i = 0u; i < 5; i++)
        {
            client.TryOpen(out var stream).ShouldBeTrue();
            stream.Id.ShouldBe((2 * i) + 1);
            server.TryOpen(out stream).ShouldBeTrue();
            stream.Id.ShouldBe((2 * i) + 2);
        }
    }

    [Fact]
    public void TryOpen_OverTheLimitOrGoingAway_IsRefused()
    {
        var session = new YamuxSession(initiator: true, Options with { MaxOutboundStreams = 2 });
        session.TryOpen(out var first).ShouldBeTrue();
        session.TryOpen(out _).ShouldBeTrue();
        session.TryOpen(out _).ShouldBeFalse();
        first.MarkReset();
        session.RemoveIfDone(first);
        session.TryOpen(out _).ShouldBeTrue("a place is free again");
        session.Receive(new YamuxHeader(YamuxType.GoAway, YamuxFlags.None, 0, 0), 0).Fault.ShouldBe(YamuxFault.None);
        session.TryOpen(out _).ShouldBeFalse();
    }

    public static TheoryData<object, int> Faults => new()
    {
        { new YamuxHeader(YamuxType.Data, YamuxFlags.Syn, 1, 0, Version: 1), (int)YamuxFault.UnknownVersion },
        { new YamuxHeader((YamuxType)4, YamuxFlags.None, 1, 0), (int)YamuxFault.UnknownType },
        { new YamuxHeader((YamuxType)255, YamuxFlags.None, 0, 0), (int)YamuxFault.UnknownType },
        { new YamuxHeader(YamuxType.Data, YamuxFlags.Syn, 0, 0), (int)YamuxFault.StreamZero },
        { new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.None, 0, 1), (int)YamuxFault.StreamZero },
        { new YamuxHeader(YamuxType.Data, YamuxFlags.Syn, 2, 0), (int)YamuxFault.WrongParity },
        { new YamuxHeader(YamuxType.Data, YamuxFlags.Syn, 7, 0), (int)YamuxFault.StreamExists },
        { new YamuxHeader(YamuxType.Data, YamuxFlags.None, 7, (256 * 1024) + 1), (int)YamuxFault.WindowExceeded },
        { new YamuxHeader(YamuxType.Data, YamuxFlags.Syn, 9, (256 * 1024) + 1), (int)YamuxFault.WindowExceeded },
        { new YamuxHeader(YamuxType.Data, YamuxFlags.None, 99, uint.MaxValue), (int)YamuxFault.WindowExceeded },
        { new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.None, 7, uint.MaxValue), (int)YamuxFault.CreditOverflow },
        { new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Syn, 9, uint.MaxValue), (int)YamuxFault.CreditOverflow },
        { new YamuxHeader(YamuxType.Ping, YamuxFlags.Syn, 7, 0), (int)YamuxFault.SessionFrameOnStream },
        { new YamuxHeader(YamuxType.GoAway, YamuxFlags.None, 7, 0), (int)YamuxFault.SessionFrameOnStream },
        { new YamuxHeader(YamuxType.GoAway, YamuxFlags.None, 0, 1), (int)YamuxFault.RemoteError },
    };

    [Theory]
    [Trait("area", "attack")]
    [MemberData(nameof(Faults))]
    public void Receive_BrokenRule_IsAFaultAndMakesNoState(object frame, int fault)
    {
        var session = new YamuxSession(initiator: false, Options);
        session.Receive(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Syn, 7, 0), 0).Opened.ShouldBeTrue();

        var verdict = session.Receive((YamuxHeader)frame, 0);

        verdict.Fault.ShouldBe((YamuxFault)fault);
        verdict.Stream.ShouldBeNull();
        session.StreamCount.ShouldBe(1);
    }

    [Fact]
    [Trait("area", "attack")]
    public void Receive_DataAfterFin_IsAFault()
    {
        var session = new YamuxSession(initiator: false, Options);
        session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.Syn, 1, 10), 0).Action.ShouldBe(YamuxAction.Deliver);
        session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.Fin, 1, 5), 0).Closed.ShouldBeTrue();
        session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.None, 1, 0), 0).Fault.ShouldBe(YamuxFault.None);
        session.Receive(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.None, 1, 100), 0).CreditAdded.ShouldBeTrue("we may still send");
        session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.None, 1, 1), 0).Fault.ShouldBe(YamuxFault.DataAfterClose);
    }

    [Fact]
    [Trait("area", "attack")]
    public void Receive_CreditInSteps_NeverLeaves32Bits()
    {
        var session = new YamuxSession(initiator: false, Options);
        session.Receive(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Syn, 1, 0), 0);
        session.Receive(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.None, 1, uint.MaxValue - YamuxOptions.InitialWindow), 0).Fault.ShouldBe(YamuxFault.None);
        session.Receive(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.None, 1, 1), 0).Fault.ShouldBe(YamuxFault.CreditOverflow);
    }

    [Fact]
    [Trait("area", "attack")]
    public void Receive_StreamsOverTheLimit_AreRefusedAndNotKept()
    {
        var session = new YamuxSession(initiator: false, Options with { MaxInboundStreams = 3 });
        for (var i = 0u; i < 1000; i++)
        {
            var verdict = session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.Syn, (2 * i) + 1, 100), 0);
            verdict.Fault.ShouldBe(YamuxFault.None);
            verdict.Action.ShouldBe(i < 3 ? YamuxAction.Deliver : YamuxAction.RefuseStream);
        }
        session.StreamCount.ShouldBe(3);
    }

    [Theory]
    [Trait("area", "attack")]
    [InlineData(100, true)]
    [InlineData(int.MaxValue, false)]
    public void Receive_RapidReset_EndsTheConnectionUnlessTheDefenceIsOff(int budget, bool ended)
    {
        var session = new YamuxSession(initiator: false, Options with { ResetBudget = budget });
        var fault = YamuxFault.None;
        for (var i = 0u; i < 1000 && fault == YamuxFault.None; i++)
        {
            session.Receive(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Syn, (2 * i) + 1, 0), 5);
            fault = session.Receive(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Rst, (2 * i) + 1, 0), 5).Fault;
        }
        fault.ShouldBe(ended ? YamuxFault.TooManyResets : YamuxFault.None);
    }

    [Fact]
    public void Receive_ResetsSlowerThanTheBudget_AreFine()
    {
        var session = new YamuxSession(initiator: false, Options with { ResetBudget = 10, ResetBudgetPeriod = TimeSpan.FromSeconds(1) });
        for (var i = 0u; i < 1000; i++)
        {
            session.Receive(new YamuxHeader(YamuxType.Data, YamuxFlags.Syn | YamuxFlags.Rst, (2 * i) + 1, 0), i * 101).Fault.ShouldBe(YamuxFault.None);
        }
        session.StreamCount.ShouldBe(0);
    }

    /// <summary>A remote that refuses the streams we open breaks no rule.</summary>
    [Fact]
    public void Receive_ResetsOfOurOwnStreams_DoNotCount()
    {
        var session = new YamuxSession(initiator: true, Options with { ResetBudget = 10 });
        for (var i = 0; i < 1000; i++)
        {
            session.TryOpen(out var stream).ShouldBeTrue();
            session.Receive(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Rst, stream.Id, 0), 0).Fault.ShouldBe(YamuxFault.None);
        }
        session.StreamCount.ShouldBe(0);
    }

    [Fact]
    public void Consume_FastReader_GrowsTheWindowUpToItsBounds()
    {
        var state = new YamuxStreamState(1, inbound: true);
        long grown = 0, now = 1;
        for (var i = 0; i < 100; i++)
        {
            var part = (uint)state.ReceiveWindow;
            state.TryTakeReceiveWindow(part).ShouldBeTrue();
            var before = state.ReceiveLimit;
            state.Consume(part, now += 10, roundTripTicks: 100, max: 2 << 20, growth: (3 << 20) - grown).ShouldBe(part + state.ReceiveLimit - before);
            grown += state.ReceiveLimit - before;
            state.ReceiveWindow.ShouldBe(state.ReceiveLimit);
        }
        state.ReceiveLimit.ShouldBe(2u << 20);
        grown.ShouldBe((2 << 20) - YamuxOptions.InitialWindow);
    }

    [Theory]
    [InlineData(500, 100, 1 << 30)]
    [InlineData(10, 100, 0)]
    public void Consume_SlowReaderOrNoBudget_KeepsTheWindow(long step, long roundTrip, long growth)
    {
        var state = new YamuxStreamState(1, inbound: true);
        long now = 1;
        for (var i = 0; i < 100; i++)
        {
            state.TryTakeReceiveWindow(200_000).ShouldBeTrue();
            state.Consume(200_000, now += step, roundTrip, 4 << 20, growth).ShouldBe(200_000u);
        }
        state.ReceiveLimit.ShouldBe(YamuxOptions.InitialWindow);
    }

    [Fact]
    public void Return_WhatWasNotSent_IsSentNextTime()
    {
        var state = new YamuxStreamState(1, inbound: false);
        state.Announced.ShouldBeFalse();
        var taken = state.TakeSendWindow(1000);
        var flags = state.TakeFirstFlags();
        state.Announced.ShouldBeTrue();
        state.Return(taken, flags);
        state.SendWindow.ShouldBe(YamuxOptions.InitialWindow);
        state.TakeFirstFlags().ShouldBe(YamuxFlags.Syn);
    }

    private enum Step
    {
        OpenA,
        OpenB,
        SendA,
        SendB,
        ReadA,
        ReadB,
        CloseA,
        CloseB,
        ResetA,
        ResetB,
        PassAToB,
        PassBToA,
    }

    /// <summary>Two sessions with the wires between them, and any order of what their owners may do: neither ever sees a fault, no window is negative,
    /// and on each stream window + under way + unread + credit not yet given is the limit.</summary>
    [Fact]
    public void TwoSessions_AnyOrderOfWhatIsAllowed_KeepTheirBooks() => Prop.ForAll(ArbMap.Default.ArbFor<(int Seed, byte Length)>(), input =>
    {
        var random = new Random(input.Seed);
        var model = new Model(random);
        for (var i = 0; i < 50 + (4 * input.Length); i++) model.Do((Step)random.Next(12));
        model.Settle();
        return true;
    }).QuickCheckThrowOnFailure();

    private sealed class Model(Random random)
    {
        private readonly End _a = new(new YamuxSession(initiator: true, Options with { MaxInboundStreams = 8, MaxOutboundStreams = 8, ResetBudget = int.MaxValue }));
        private readonly End _b = new(new YamuxSession(initiator: false, Options with { MaxInboundStreams = 8, MaxOutboundStreams = 8, ResetBudget = int.MaxValue }));

        internal void Do(Step step)
        {
            switch (step)
            {
                case Step.OpenA: _a.Open(); break;
                case Step.OpenB: _b.Open(); break;
                case Step.SendA: _a.Send(random); break;
                case Step.SendB: _b.Send(random); break;
                case Step.ReadA: _a.Read(random); break;
                case Step.ReadB: _b.Read(random); break;
                case Step.CloseA: _a.Close(random); break;
                case Step.CloseB: _b.Close(random); break;
                case Step.ResetA: if (random.Next(4) == 0) _a.Reset(random); break;
                case Step.ResetB: if (random.Next(4) == 0) _b.Reset(random); break;
                case Step.PassAToB: Pass(_a, _b); break;
                default: Pass(_b, _a); break;
            }
            Check();
        }

        /// <summary>Delivers everything, reads everything, closes everything: nothing is left.</summary>
        internal void Settle()
        {
            for (var round = 0; round < 100 && (_a.Session.StreamCount > 0 || _b.Session.StreamCount > 0); round++)
            {
                while (_a.Wire.Count > 0) Pass(_a, _b);
                while (_b.Wire.Count > 0) Pass(_b, _a);
                foreach (var end in new[] { _a, _b })
                {
                    foreach (var id in end.Streams.Keys.ToArray()) end.Close(id);
                }
            }
            _a.Session.StreamCount.ShouldBe(0);
            _b.Session.StreamCount.ShouldBe(0);
        }

        private static void Pass(End from, End to)
        {
            if (!from.Wire.TryDequeue(out var frame)) return;
            var verdict = to.Session.Receive(frame, 0);
            verdict.Fault.ShouldBe(YamuxFault.None, frame.ToString());
            if (verdict.Opened) to.Streams.Add(frame.StreamId, verdict.Stream!);
            if (verdict.Action == YamuxAction.Deliver) to.Unread[frame.StreamId] = to.Unread.GetValueOrDefault(frame.StreamId) + frame.Length;
            if (verdict.Action == YamuxAction.RefuseStream) to.Wire.Enqueue(new YamuxHeader(YamuxType.WindowUpdate, YamuxFlags.Rst, frame.StreamId, 0));
            to.Forget();
        }

        private void Check()
        {
            foreach (var (sender, receiver) in new[] { (_a, _b), (_b, _a) })
            {
                foreach (var (id, state) in sender.Streams)
                {
                    state.SendWindow.ShouldBeGreaterThanOrEqualTo(0);
                    state.ReceiveWindow.ShouldBeGreaterThanOrEqualTo(0);
                    state.ReceiveWindow.ShouldBeLessThanOrEqualTo(state.ReceiveLimit);
                    if (!receiver.Streams.TryGetValue(id, out var other)) continue;
                    var data = sender.Wire.Where(f => f.StreamId == id && f.Type == YamuxType.Data).Sum(f => f.Length);
                    var credit = receiver.Wire.Where(f => f.StreamId == id && f.Type == YamuxType.WindowUpdate).Sum(f => f.Length);
                    // What the sender may send, what is under way and what credit is under way is what the receiver allows.
                    (state.SendWindow + data + credit).ShouldBe(other.ReceiveWindow);
                }
                sender.Session.StreamCount.ShouldBe(sender.Streams.Count);
            }
        }
    }

    private sealed class End(YamuxSession session)
    {
        internal YamuxSession Session { get; } = session;

        internal Dictionary<uint, YamuxStreamState> Streams { get; } = [];

        internal Dictionary<uint, long> Unread { get; } = [];

        internal Queue<YamuxHeader> Wire { get; } = new();

        internal void Open()
        {
            if (!Session.TryOpen(out var stream)) return;
            Streams.Add(stream.Id, stream);
            Wire.Enqueue(new YamuxHeader(YamuxType.WindowUpdate, stream.TakeFirstFlags(), stream.Id, 0));
        }

        internal void Send(Random random)
        {
            if (Pick(random) is not { LocalClosed: false } stream) return;
            var size = stream.TakeSendWindow(random.Next(1, 300_000));
            if (size > 0) Wire.Enqueue(new YamuxHeader(YamuxType.Data, stream.TakeFirstFlags(), stream.Id, (uint)size));
        }

        internal void Read(Random random)
        {
            if (Pick(random) is not { } stream || Unread.GetValueOrDefault(stream.Id) is not (> 0 and var unread)) return;
            var taken = (uint)random.NextInt64(1, unread + 1);
            Unread[stream.Id] = unread - taken;
            var credit = Session.Consume(stream, taken, random.Next(1000), random.Next(500));
            Session.Grown.ShouldBeInRange(0, new YamuxOptions().MaxGrownWindows);
            if (credit > 0) Wire.Enqueue(new YamuxHeader(YamuxType.WindowUpdate, stream.TakeFirstFlags(), stream.Id, credit));
        }

        internal void Close(Random random)
        {
            if (Pick(random) is { LocalClosed: false } stream) Close(stream.Id);
        }

        internal void Close(uint id)
        {
            if (!Streams.TryGetValue(id, out var stream) || stream.LocalClosed) return;
            stream.CloseLocal();
            Wire.Enqueue(new YamuxHeader(YamuxType.WindowUpdate, stream.TakeFirstFlags() | YamuxFlags.Fin, id, 0));
            Session.RemoveIfDone(stream);
            Forget();
        }

        internal void Reset(Random random)
        {
            if (Pick(random) is not { } stream) return;
            stream.MarkReset();
            Wire.Enqueue(new YamuxHeader(YamuxType.WindowUpdate, stream.TakeFirstFlags() | YamuxFlags.Rst, stream.Id, 0));
            Session.RemoveIfDone(stream);
            Forget();
        }

        internal void Forget()
        {
            foreach (var stream in Streams.Values.Where(s => s.Done).ToArray()) Streams.Remove(stream.Id);
        }

        private YamuxStreamState? Pick(Random random) => Streams.Count == 0 ? null : Streams.Values.ElementAt(random.Next(Streams.Count));
    }
}
