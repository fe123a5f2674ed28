using System.Text;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>The name of a gossip topic: text of 1 to <see cref="MaxBytes"/> UTF-8 bytes, compared ordinally.</summary>
public readonly record struct Topic
{
    /// <summary>The longest name, in UTF-8 bytes; a remote that sends a longer one loses its stream.</summary>
    public const int MaxBytes = 256;

    private readonly string? _name;

    /// <summary>The topic called <paramref name="name"/>.</summary>
    /// <exception cref="ArgumentException">The name is empty or longer than <see cref="MaxBytes"/>.</exception>
    public Topic(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var size = Encoding.UTF8.GetByteCount(name);
        if (size > MaxBytes) throw new ArgumentException($"A topic has at most {MaxBytes} UTF-8 bytes, not {size}.", nameof(name));
        _name = name;
    }

    /// <summary>The name as it is on the wire.</summary>
    public string Name => _name ?? "";

    /// <summary>The name; it may come from a remote, so logs shorten it with <see cref="SafeText"/>.</summary>
    public override string ToString() => Name;
}
