using IppanFleet.Ippan;

namespace IppanFleet.Testing;

/// <summary>Books which node is to receive which message, and which has. Beyond <see cref="Capacity"/> the oldest message is closed with what had come. Thread-safe.</summary>
internal sealed class DeliveryBook
{
    /// <summary>Messages whose receivers are known one by one.</summary>
    internal const int Capacity = 65_536;

    private readonly Lock _gate = new();
    private readonly OrderedDictionary<Hash32, PublishedMessage> _messages = [];
    private DeliveryFigures _closed = new(0, 0, 0, 0);

    internal DeliveryFigures Figures
    {
        get
        {
            lock (_gate) return _messages.Values.Aggregate(_closed, Add);
        }
    }

    /// <summary>The messages that have not arrived everywhere.</summary>
    internal IReadOnlyList<PublishedMessage> Open
    {
        get
        {
            lock (_gate) return [.. _messages.Values.Where(message => message.Missing.Count > 0)];
        }
    }

    /// <summary>A message is about to be published: it may arrive before its publisher hears that it went out.</summary>
    internal void Enter(PublishedMessage message)
    {
        lock (_gate)
        {
            if (_messages.Count >= Capacity)
            {
                _closed = Add(_closed, _messages.GetAt(0).Value);
                _messages.RemoveAt(0);
            }

            _messages[message.Id] = message;
        }
    }

    /// <summary>The network did not take the message.</summary>
    internal void Cancel(PublishedMessage message)
    {
        lock (_gate) _messages.Remove(message.Id);
    }

    internal void Arrived(string node, Hash32 id, DateTimeOffset at)
    {
        PublishedMessage? message;
        lock (_gate) _messages.TryGetValue(id, out message);
        message?.Arrived(node, at);
    }

    internal void WentDown(string node)
    {
        lock (_gate)
        {
            foreach (var message in _messages.Values) message.WentDown(node);
        }
    }

    private static DeliveryFigures Add(DeliveryFigures sum, PublishedMessage message)
    {
        if (message.HasDied) return sum with { Died = sum.Died + 1 };
        var (expected, delivered) = message.Count();
        return sum with { Published = sum.Published + 1, Expected = sum.Expected + expected, Delivered = sum.Delivered + delivered };
    }
}
