using System.Globalization;

namespace IppanFleet.Ippan.Json;

/// <summary>Reads one JSON text from front to back, by the rules of wire specification, section 5, which are serde_json's.</summary>
/// <remarks>
/// Every method skips white space before what it reads. One that returns false has noted what it expected and where; callers add the way to the place
/// with <see cref="Within(string)"/> while they return false themselves. Nothing throws, whatever the text.
/// </remarks>
internal ref partial struct JsonCursor(ReadOnlySpan<byte> text)
{
    /// <summary>How many arrays and objects may stand inside each other: the 128th is refused.</summary>
    public const int MaxDepth = 127;

    private readonly ReadOnlySpan<byte> _text = text;
    private int _position;
    private int _depth;
    private string? _fault;
    private int _faultOffset;
    private string _path = "";

    /// <summary>What went wrong, where, and what was expected; null while nothing did.</summary>
    public readonly string? Error
    {
        get
        {
            if (_fault is null) return null;
            var path = _path.Length == 0 ? "" : $"{_path.TrimStart('.')}: ";
            return string.Create(CultureInfo.InvariantCulture, $"{path}{_fault} at byte {_faultOffset}");
        }
    }

    /// <summary>Notes that the failure happened inside this field.</summary>
    public bool Within(string field)
    {
        _path = $".{field}{_path}";
        return false;
    }

    /// <summary>Notes that the failure happened inside this element.</summary>
    public bool Within(int index)
    {
        _path = string.Create(CultureInfo.InvariantCulture, $"[{index}]{_path}");
        return false;
    }

    /// <summary>Nothing but white space may follow.</summary>
    public bool ReadEnd() => Peek() < 0 || FailExpecting("the end of the text");

    /// <summary>Reads null if that is what comes next.</summary>
    public bool TryReadNull() => Peek() == 'n' && ReadLiteral("null"u8);

    private bool FailExpecting(string expected) => Fail($"expected {expected}, found {DescribeNext()}");

    private bool Fail(string fault)
    {
        _fault ??= fault;
        _faultOffset = _position;
        return false;
    }

    private readonly string DescribeNext()
    {
        if (_position >= _text.Length) return "the end of the text";
        var next = _text[_position];
        return next is > 0x20 and < 0x7F ? $"'{(char)next}'" : string.Create(CultureInfo.InvariantCulture, $"byte 0x{next:x2}");
    }

    /// <summary>The next byte that is not white space, still unread; -1 at the end.</summary>
    private int Peek()
    {
        while (_position < _text.Length)
        {
            var next = _text[_position];
            if (next is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')) return next;
            _position++;
        }

        return -1;
    }

    private bool ReadMark(char mark)
    {
        if (Peek() != mark) return FailExpecting($"'{mark}'");
        _position++;
        return true;
    }

    /// <summary>Passes the opening mark that <see cref="Peek"/> has just shown.</summary>
    private bool Enter()
    {
        if (_depth == MaxDepth) return Fail("arrays and objects stand more than 127 deep inside each other");
        _depth++;
        _position++;
        return true;
    }

    private void Leave()
    {
        _depth--;
        _position++;
    }

    private bool ReadLiteral(scoped ReadOnlySpan<byte> literal)
    {
        if (!_text[_position..].StartsWith(literal)) return FailExpecting("a value");
        _position += literal.Length;
        return true;
    }
}
