using IppanFleet.Hosting;
using IppanFleet.Silo.Options;

namespace IppanFleet.Silo.Tests;

[Trait("area", "fleet")]
public sealed class SiloCommandTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("silo-tests");
    private readonly Dictionary<string, string> _environment = [];
    private (string, bool) _engine = ("embedded", true);

    [Fact]
    public void Nothing_IsTheDefaults()
    {
        var options = Parse().Options.ShouldNotBeNull();
        options.Fleet.Nodes.ShouldBe(5);
        options.Fleet.Transport.ShouldBe(FleetTransport.Tcp);
        options.Fleet.Demo.ShouldBe(new DemoOptions { Rate = 2, TransactionsPerBlock = 5 });
        options.Fleet.UpstreamTimings.ShouldBeFalse();
        options.HttpListen.ShouldBeNull();
        options.For.ShouldBeNull();
        options.Verbose.ShouldBeFalse();
    }

    [Fact]
    public void AdminToken_IsTaken_AndNotShown()
    {
        Parse().Options!.Fleet.AdminToken.ShouldBeNull();
        _environment["IPPAN_ADMIN_TOKEN"] = "a-token-of-some-length";
        var options = Parse().Options.ShouldNotBeNull();
        options.Fleet.AdminToken.ShouldBe("a-token-of-some-length");
        options.ToString().ShouldNotContain("a-token");
    }

    [Theory]
    [InlineData("too-short")]
    [InlineData("with spaces in the middle of it")]
    public void AdminToken_ThatDoesNotFit_IsRefusedAndNotShown(string token)
    {
        var error = Parse("--admin-token", token).Error.ShouldNotBeNull();
        error.ShouldStartWith("--admin-token: expected");
        error.ShouldNotContain(token);
    }

    [Fact]
    public void Everything_IsUnderstood()
    {
        var options = Parse(
            "--nodes", "7", "--silos", "1", "--rate", "0.5", "--tx-per-block", "9", "--for", "12.5", "--report", File("r.json"), "--ready", File("y.json"),
            "--seed", "00112233445566778899AABBCCDDEEFF", "--listen", "/ip4/127.0.0.1/tcp/4001", "--listen", "/ip6/::1/tcp/4001", "--bootstrap", "/ip4/192.0.2.1/tcp/9000",
            "--http-listen", "http://127.0.0.1:9999", "--transport", "tcp", "--profile", "upstream", "--verbose").Options.ShouldNotBeNull();
        options.Fleet.Nodes.ShouldBe(7);
        options.Fleet.Demo.ShouldBe(new DemoOptions { Rate = 0.5, TransactionsPerBlock = 9 });
        options.For.ShouldBe(TimeSpan.FromSeconds(12.5));
        options.Fleet.Seed.Length.ShouldBe(16);
        options.Fleet.FirstListen.ShouldBe(["/ip4/127.0.0.1/tcp/4001", "/ip6/::1/tcp/4001"]);
        options.Fleet.Bootstrap.ShouldBe(["/ip4/192.0.2.1/tcp/9000"]);
        options.HttpListen!.Port.ShouldBe(9999);
        options.Fleet.UpstreamTimings.ShouldBeTrue();
        options.Verbose.ShouldBeTrue();
        Parse("--transport", "memory", "--no-demo").Options!.Fleet.ShouldSatisfyAllConditions(fleet => fleet.Transport.ShouldBe(FleetTransport.Memory), fleet => fleet.Demo.ShouldBeNull());
    }

    [Fact]
    public void CommandLine_BeforeEnvironment_BeforeFile()
    {
        System.IO.File.WriteAllText(File("c.json"), """{"nodes": 2, "rate": 3, "tx-per-block": 4, "bootstrap": ["/ip4/192.0.2.1/tcp/1", "/ip4/192.0.2.2/tcp/2"], "verbose": true}""");
        _environment["IPPAN_RATE"] = "30";
        _environment["IPPAN_TX_PER_BLOCK"] = "40";
        _environment["IPPAN_DEMO"] = "true";
        _environment["IPPAN_URL"] = "not ours";
        var options = Parse("--config", File("c.json"), "--tx-per-block", "50").Options.ShouldNotBeNull();
        options.Fleet.Nodes.ShouldBe(2);
        options.Fleet.Demo.ShouldBe(new DemoOptions { Rate = 30, TransactionsPerBlock = 50 });
        options.Fleet.Bootstrap.Count.ShouldBe(2);
        options.Verbose.ShouldBeTrue();
    }

    [Fact]
    public void SeveralSilos_WithAnEngineThatHasOneForAProcess_AreAWrongOption()
    {
        Parse("--silos", "3").Options!.Fleet.Silos.ShouldBe(3);
        _engine = ("microsoft", false);
        Parse("--silos", "1").Options!.Fleet.Silos.ShouldBe(1);
        Parse("--silos", "3").Error.ShouldBe("--silos: with the microsoft engine a process has one silo; start further processes instead");
    }

    [Fact]
    public void Config_SwitchesTheDemoOff()
    {
        System.IO.File.WriteAllText(File("c.json"), "{}");
        Parse("--config", File("c.json")).Options!.Fleet.Demo.ShouldBeNull();
        Parse("--config", File("c.json"), "--demo").Options!.Fleet.Demo.ShouldNotBeNull();
    }

    [Fact]
    public void EnvironmentList_IsSeparatedByCommas()
    {
        _environment["IPPAN_LISTEN"] = "/ip4/127.0.0.1/tcp/1, /ip4/127.0.0.1/tcp/2";
        Parse().Options!.Fleet.FirstListen.ShouldBe(["/ip4/127.0.0.1/tcp/1", "/ip4/127.0.0.1/tcp/2"]);
    }

    [Theory]
    [InlineData("--nodes: expected a whole number from 1 to 10000, not 'many'", "--nodes", "many")]
    [InlineData("--nodes: expected a whole number from 1 to 10000, not '0'", "--nodes", "0")]
    [InlineData("--nodes: expected a whole number from 1 to 10000, not '10001'", "--nodes", "10001")]
    [InlineData("--nodes: expected a whole number from 1 to 10000, not '2.5'", "--nodes", "2.5")]
    [InlineData("--nodes: expected a whole number from 1 to 10000, once", "--nodes")]
    [InlineData("--nodes: expected a whole number from 1 to 10000, once", "--nodes", "1", "--nodes", "2")]
    [InlineData("--silos: expected a whole number from 1 to 16, not '17'", "--silos", "17")]
    [InlineData("--rate: expected a number of blocks a second, above 0 and at most 1000, not '0'", "--rate", "0")]
    [InlineData("--rate: expected a number of blocks a second, above 0 and at most 1000, not 'NaN'", "--rate", "NaN")]
    [InlineData("--tx-per-block: expected a whole number from 0 to 200, not '201'", "--tx-per-block", "201")]
    [InlineData("--for: expected a number of seconds, above 0 and at most 1000000, not 'ten'", "--for", "ten")]
    [InlineData("--report: expected a file in a directory that exists, not '/no/such/directory/r.json'", "--report", "/no/such/directory/r.json")]
    [InlineData("--ready: expected a file in a directory that exists, not '/tmp'", "--ready", "/tmp")]
    [InlineData("--seed: expected at least 32 hex digits, an even number of them, not 'abc'", "--seed", "abc")]
    [InlineData("--seed: expected at least 32 hex digits, an even number of them, not 'zz112233445566778899aabbccddeeff'", "--seed", "zz112233445566778899aabbccddeeff")]
    [InlineData("--listen: expected a multiaddr such as /ip4/0.0.0.0/tcp/9000, not '127.0.0.1:9000'", "--listen", "127.0.0.1:9000")]
    [InlineData("--listen: expected a multiaddr such as /ip4/0.0.0.0/tcp/9000, not '/memory/1'", "--listen", "/memory/1")]
    [InlineData("--bootstrap: expected a multiaddr such as /ip4/192.0.2.1/tcp/9000/p2p/12D3KooW…, not 'x'", "--bootstrap", "x")]
    [InlineData("--http-listen: expected a URL such as http://127.0.0.1:8080, not '8080'", "--http-listen", "8080")]
    [InlineData("--http-listen: expected a URL such as http://127.0.0.1:8080, not 'https://127.0.0.1:1'", "--http-listen", "https://127.0.0.1:1")]
    [InlineData("--transport: expected tcp or memory, not 'quic'", "--transport", "quic")]
    [InlineData("--profile: expected upstream, not 'fast'", "--profile", "fast")]
    [InlineData("--config: expected a file that holds a JSON object; Could not find file '/such.json'.", "--config", "/such.json")]
    public void WrongOption_IsOneLineThatSaysWhatIsExpected(string expected, params string[] arguments)
    {
        var command = Parse(arguments);
        command.Options.ShouldBeNull();
        command.Error.ShouldBe(expected);
    }

    [Theory]
    [InlineData("--node", "3")]
    [InlineData("run")]
    [InlineData("--verbose", "yes")]
    public void UnknownWord_IsOneLine(params string[] arguments)
    {
        var error = Parse(arguments).Error.ShouldNotBeNull();
        error.ShouldNotContain("\n");
        error.ShouldContain(arguments[^1] == "yes" ? "yes" : arguments[0]);
    }

    [Theory]
    [InlineData("[1]", "--config: expected a file that holds a JSON object, not a JSON Array")]
    [InlineData("""{"node": 1}""", "node in FILE: there is no such option; see --help")]
    [InlineData("""{"nodes": "x"}""", "nodes in FILE: expected a whole number from 1 to 10000, not 'x'")]
    [InlineData("""{"nodes": null}""", "nodes in FILE: expected a number, a text, true, false or a list of texts")]
    [InlineData("""{"nodes": [1, 2]}""", "nodes in FILE: expected a whole number from 1 to 10000, once")]
    [InlineData("""{"verbose": "maybe"}""", "verbose in FILE: expected true or false, not 'maybe'")]
    public void WrongConfig_IsOneLine(string json, string expected)
    {
        System.IO.File.WriteAllText(File("c.json"), json);
        Parse("--config", File("c.json")).Error.ShouldBe(expected.Replace("FILE", File("c.json")));
    }

    [Fact]
    public void WrongEnvironment_NamesTheVariable()
    {
        _environment["IPPAN_NODES"] = "x\ny";
        Parse().Error.ShouldBe("IPPAN_NODES: expected a whole number from 1 to 10000, not 'x?y'");
    }

    [Fact]
    public void Help_NamesEveryOption()
    {
        var text = Parse("--help").Text.ShouldNotBeNull();
        foreach (var spec in OptionSpecs.All) text.ShouldContain(spec.Dashed);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private string File(string name) => Path.Combine(_directory.FullName, name);

    private SiloCommand Parse(params string[] arguments) => SiloCommand.Parse(arguments, _environment.GetValueOrDefault, _engine);
}
