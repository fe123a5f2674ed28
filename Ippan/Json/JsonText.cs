using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;

namespace IppanFleet.Ippan.Json;

/// <summary>Writes JSON exactly as serde_json does: no spaces, and in strings only what must be escaped is escaped (wire specification, section 5).</summary>
internal ref struct JsonText(Span<byte> initial)
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(static control => (char)control), '"', '\\']);

    // Each number 0..255 with a comma behind it, in the low bytes of one word, and how many bytes that is.
    private static readonly (uint Text, int Length)[] ByteTexts = [.. Enumerable.Range(0, 256).Select(ByteText)];

    private BytesBuilder _bytes = new(initial);

    public void Raw(scoped ReadOnlySpan<byte> json) => _bytes.Add(json);

    public void Number<T>(T value)
        where T : struct, IUtf8SpanFormattable
    {
        // 39 digits is the longest, a u128's.
        value.TryFormat(_bytes.Reserve(40), out var written, default, provider: null);
        _bytes.Advance(written);
    }

    public void Hash(in Hash32 value) => Bytes(value.AsSpan());

    public void Bytes(scoped ReadOnlySpan<byte> bytes)
    {
        _bytes.Add((byte)'[');
        if (!bytes.IsEmpty)
        {
            var destination = _bytes.Reserve(checked(4 * bytes.Length));
            var written = 0;
            foreach (var value in bytes)
            {
                var (text, length) = ByteTexts[value];
                BinaryPrimitives.WriteUInt32LittleEndian(destination[written..], text);
                written += length;
            }

            // The last comma makes room for the bracket.
            _bytes.Advance(written - 1);
        }

        _bytes.Add((byte)']');
    }

    public void Hashes(ValueList<Hash32> values)
    {
        _bytes.Add((byte)'[');
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0) _bytes.Add((byte)',');
            Hash(values[i]);
        }

        _bytes.Add((byte)']');
    }

    public void Strings(ValueList<string> values)
    {
        _bytes.Add((byte)'[');
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0) _bytes.Add((byte)',');
            String(values[i]);
        }

        _bytes.Add((byte)']');
    }

    public void Map(TextMap map)
    {
        _bytes.Add((byte)'{');
        for (var i = 0; i < map.Entries.Count; i++)
        {
            if (i > 0) _bytes.Add((byte)',');
            String(map.Entries[i].Key);
            _bytes.Add((byte)':');
            String(map.Entries[i].Value);
        }

        _bytes.Add((byte)'}');
    }

    public void String(scoped ReadOnlySpan<char> text)
    {
        _bytes.Add((byte)'"');
        while (true)
        {
            var plain = text.IndexOfAny(Escaped);
            if (plain < 0)
            {
                _bytes.AddUtf8(text);
                break;
            }

            _bytes.AddUtf8(text[..plain]);
            Escape(text[plain]);
            text = text[(plain + 1)..];
        }

        _bytes.Add((byte)'"');
    }

    public readonly byte[] ToArray() => _bytes.Written.ToArray();

    public void Dispose() => _bytes.Dispose();

    private void Escape(char unit)
    {
        _bytes.Add((byte)'\\');
        switch (unit)
        {
            case '"' or '\\':
                _bytes.Add((byte)unit);
                break;
            case '\b':
                _bytes.Add((byte)'b');
                break;
            case '\f':
                _bytes.Add((byte)'f');
                break;
            case '\n':
                _bytes.Add((byte)'n');
                break;
            case '\r':
                _bytes.Add((byte)'r');
                break;
            case '\t':
                _bytes.Add((byte)'t');
                break;
            default:
                Utf8.TryWrite(_bytes.Reserve(5), $"u{(int)unit:x4}", out var written);
                _bytes.Advance(written);
                break;
        }
    }

    private static (uint Text, int Length) ByteText(int value)
    {
        Span<byte> text = stackalloc byte[4];
        Utf8.TryWrite(text, $"{value},", out var length);
        return (BinaryPrimitives.ReadUInt32LittleEndian(text), length);
    }
}
