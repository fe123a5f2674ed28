namespace IppanFleet.Silo.Screen;

/// <summary>Where the summary is shown: a terminal is redrawn in place, anything else gets plain lines. Thread-safe.</summary>
internal sealed class LiveScreen(TextWriter output, TextWriter error, bool isTerminal)
{
    private const string HideCursor = "\e[?25l";
    private const string ShowCursor = "\e[?25h";
    private const string ClearBelow = "\e[J";
    private const string ClearRest = "\e[K";

    private readonly Lock _gate = new();
    private IReadOnlyList<string> _page = [];

    /// <summary>Whether a page can be redrawn here.</summary>
    internal bool IsTerminal => isTerminal;

    /// <summary>Draws the page over the one before.</summary>
    internal void Draw(IReadOnlyList<string> page)
    {
        lock (_gate)
        {
            output.Write(HideCursor + Home());
            foreach (var line in page) output.Write(line + ClearRest + "\n");
            output.Write(ClearBelow);
            output.Flush();
            _page = page;
        }
    }

    /// <summary>Writes a line for the reader of the output.</summary>
    internal void WriteLine(string line)
    {
        lock (_gate)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }

    /// <summary>Writes a line to the errors; on a terminal above the page, which is drawn again below it.</summary>
    internal void WriteError(string line)
    {
        lock (_gate)
        {
            if (_page.Count == 0)
            {
                error.WriteLine(line);
                return;
            }

            output.Write(Home() + ClearBelow);
            output.Flush();
            error.WriteLine(line);
            error.Flush();
            foreach (var row in _page) output.Write(row + "\n");
            output.Flush();
        }
    }

    /// <summary>Leaves the last page where it is, and the terminal as it was.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            if (_page.Count > 0) output.Write(ShowCursor);
            output.Flush();
            _page = [];
        }
    }

    private string Home() => _page.Count == 0 ? "" : $"\e[{_page.Count}A\r";
}
