using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using IppanFleet.Cli.Decoding;

namespace IppanFleet.Cli;

/// <summary>The operator's verbs. Standard streams and clock come in from outside, so that a test can run a verb in its own process.</summary>
internal sealed class CommandLine(Stream input, Stream output, TextWriter text, TextWriter errors, TimeProvider time)
{
    private const int WrongArguments = 2;

    /// <summary>Runs one verb.</summary>
    /// <returns>The exit code: 0, or 2 for wrong arguments, about which one line was written to the error stream.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellation = default)
    {
        var root = new RootCommand("Looks after a fleet of IPPAN nodes.");
        root.Subcommands.Add(Decode());
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            await errors.WriteLineAsync(Expected(parsed)).ConfigureAwait(false);
            return WrongArguments;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = text, Error = errors }, cancellation).ConfigureAwait(false);
    }

    private Command Decode()
    {
        var decode = new Command("decode", "Reads one JSON text a line from standard input and answers one JSON object a line: does it parse, is it valid, and why not.");
        foreach (var (name, description, decoder) in DecodableKinds.All)
        {
            var kind = new Command(name, description);
            kind.SetAction(async (_, cancellation) =>
            {
                await new DecodeCommand(decoder, time).RunAsync(input, output, cancellation).ConfigureAwait(false);
                return 0;
            });
            decode.Subcommands.Add(kind);
        }

        return decode;
    }

    private static string Expected(ParseResult parsed)
    {
        var path = new List<string>();
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult command; result = command.Parent) path.Add(command.Command.Name);
        path[^1] = "ippan";
        path.Reverse();
        var verbs = string.Join('|', parsed.CommandResult.Command.Subcommands.Select(static verb => verb.Name));
        return verbs.Length == 0
            ? $"expected: {string.Join(' ', path)} (and nothing more)"
            : $"expected: {string.Join(' ', path)} {verbs}";
    }
}
