using System.Text;

namespace IppanFleet.Libp2p;

/// <summary>Remote text made fit for logs and error messages: cut, and without control characters.</summary>
public static class SafeText
{
    private const int DefaultLength = 96;

    /// <summary>At most <paramref name="maxLength"/> characters of <paramref name="text"/>; control and format characters, separators and lone surrogates become <c>\uXXXX</c>.</summary>
    public static string Shorten(string? text, int maxLength = DefaultLength)
    {
        if (text is null) return "";
        var safe = new StringBuilder(Math.Min(text.Length, maxLength) + 1);
        foreach (var rune in text.EnumerateRunes())
        {
            if (safe.Length >= maxLength) return safe.Append('…').ToString();
            var category = Rune.GetUnicodeCategory(rune);
            var unsafeRune = rune == Rune.ReplacementChar
                || category is System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format
                    or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator
                    or System.Globalization.UnicodeCategory.PrivateUse or System.Globalization.UnicodeCategory.OtherNotAssigned;
            if (unsafeRune) safe.Append("\\u").Append(rune.Value.ToString("X4", System.Globalization.CultureInfo.InvariantCulture));
            else safe.Append(rune.ToString());
        }
        return safe.ToString();
    }
}
