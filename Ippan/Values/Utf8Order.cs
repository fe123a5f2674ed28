namespace IppanFleet.Ippan;

/// <summary>The order of texts by their UTF-8 bytes, which is that of their code points; UTF-16's own order puts U+FFFD after every supplementary character.</summary>
internal static class Utf8Order
{
    public static int Compare(string x, string y)
    {
        var common = Math.Min(x.Length, y.Length);
        for (var i = 0; i < common; i++)
        {
            if (x[i] != y[i]) return Rank(x[i]) - Rank(y[i]);
        }

        return x.Length - y.Length;
    }

    // Surrogates belong to code points above U+FFFF: they move behind U+E000..U+FFFF.
    private static int Rank(char unit) => unit switch
    {
        < '\uD800' => unit,
        < '\uE000' => unit + 0x2000,
        _ => unit - 0x800,
    };
}
