namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>The sequence numbers of one author: a sliding window below the highest, so that reordered messages pass and old ones cannot come back after the seen cache has forgotten them.</summary>
/// <remarks>
/// Some implementations number messages at random, against the specification. Their numbers jump further than any clock or counter does; such an author is given up as unordered, and only the seen cache
/// covers it. Only the author's own valid signatures can lead there, so nobody else can switch the window off.
/// </remarks>
internal sealed class ReplayWindow(int width)
{
    private const int Bits = 64;

    /// <summary>2.3 years of a clock in nanoseconds.</summary>
    private const ulong LargestJump = 1UL << 56;

    /// <summary>Bit n stands for the number n below the highest. It grows with the author's messages: one word is enough for most.</summary>
    private ulong[] _taken = [];
    private ulong _highest;
    private bool _started;

    /// <summary>Whether the author turned out not to count upwards.</summary>
    public bool IsUnordered { get; private set; }

    /// <summary>Whether a message with this number would be a replay.</summary>
    public bool IsReplay(ulong sequence)
    {
        if (!_started || IsUnordered || sequence > _highest) return false;
        var behind = _highest - sequence;
        if (behind >= LargestJump) return false;
        return behind >= (ulong)width || IsTaken(behind);
    }

    /// <summary>Takes the number of a message that passed validation.</summary>
    public void Take(ulong sequence)
    {
        if (IsUnordered) return;
        if (!_started) (_started, _highest) = (true, sequence);
        var jump = sequence > _highest ? sequence - _highest : _highest - sequence;
        if (jump >= LargestJump)
        {
            (IsUnordered, _taken) = (true, []);
            return;
        }
        if (sequence > _highest)
        {
            Shift(jump);
            (_highest, jump) = (sequence, 0);
        }
        if (jump >= (ulong)width) return;
        EnsureWords((int)(jump / Bits) + 1);
        _taken[jump / Bits] |= 1UL << (int)(jump % Bits);
    }

    private bool IsTaken(ulong behind) => behind / Bits < (ulong)_taken.Length && (_taken[behind / Bits] & (1UL << (int)(behind % Bits))) != 0;

    private void Shift(ulong step)
    {
        if (step >= (ulong)width)
        {
            Array.Clear(_taken);
            return;
        }
        var (words, bits) = ((int)(step / Bits), (int)(step % Bits));
        EnsureWords((int)((Math.Min((ulong)width, UsedBits() + step) + Bits - 1) / Bits));
        for (var i = _taken.Length - 1; i >= 0; i--)
        {
            var low = i - words >= 0 ? _taken[i - words] << bits : 0;
            var carried = bits > 0 && i - words - 1 >= 0 ? _taken[i - words - 1] >> (Bits - bits) : 0;
            _taken[i] = low | carried;
        }
    }

    private ulong UsedBits()
    {
        var word = _taken.Length - 1;
        while (word >= 0 && _taken[word] == 0) word--;
        return word < 0 ? 0 : (ulong)((word + 1) * Bits - System.Numerics.BitOperations.LeadingZeroCount(_taken[word]));
    }

    private void EnsureWords(int count)
    {
        if (_taken.Length < count) Array.Resize(ref _taken, count);
    }
}
