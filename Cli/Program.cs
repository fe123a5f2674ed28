using IppanFleet.Cli;

await using var input = Console.OpenStandardInput();
await using var output = Console.OpenStandardOutput();
return await new CommandLine(input, output, Console.Out, Console.Error, TimeProvider.System).RunAsync(args).ConfigureAwait(false);
