using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace IppanFleet.Ippan.Json;

/// <summary>What decoding begins and ends with, whatever the type: size, encoding, and nothing behind the value.</summary>
internal static class JsonDecoder
{
    public static bool TryDecode<T>(ReadOnlySpan<byte> utf8, int maximumBytes, JsonRead<T> read, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out string? error)
        where T : class
    {
        value = null;
        if (utf8.Length > maximumBytes)
        {
            error = string.Create(CultureInfo.InvariantCulture, $"the text has {utf8.Length} bytes, more than the {maximumBytes} allowed");
            return false;
        }

        if (!Utf8.IsValid(utf8))
        {
            error = string.Create(CultureInfo.InvariantCulture, $"the text is not UTF-8 at byte {ValidLength(utf8)}");
            return false;
        }

        if (utf8.StartsWith("\uFEFF"u8))
        {
            error = "the text starts with a byte order mark, where a value is expected, at byte 0";
            return false;
        }

        var json = new JsonCursor(utf8);
        if (read(ref json, out var decoded) && json.ReadEnd())
        {
            value = decoded!;
            error = null;
            return true;
        }

        error = json.Error!;
        return false;
    }

    private static int ValidLength(ReadOnlySpan<byte> utf8)
    {
        var length = 0;
        while (Rune.DecodeFromUtf8(utf8[length..], out _, out var consumed) == System.Buffers.OperationStatus.Done) length += consumed;
        return length;
    }
}
