using IppanFleet.Hosting;
using IppanFleet.Silo.Run;

namespace IppanFleet.Silo.Tests;

public sealed class OpenFilesTests
{
    [Fact]
    public void Limit_ThatIsTooLow_IsSaidWithWhatIsNeeded() => OpenFiles.Refusal(new FleetOptions { Nodes = 1_000 }, 100).ShouldBe(
        "1000 nodes need about 9256 open files, and this process may have 100: raise the limit (ulimit -n 9256), or ask for fewer nodes");

    [Fact]
    public void Limit_ThatIsHighEnough_OrNone_OrForConnectionsInMemory_IsNoFault()
    {
        OpenFiles.Refusal(new FleetOptions { Nodes = 5 }, 1_024).ShouldBeNull();
        OpenFiles.Refusal(new FleetOptions { Nodes = 1_000 }, null).ShouldBeNull();
        OpenFiles.Refusal(new FleetOptions { Nodes = 1_000, Transport = FleetTransport.Memory }, 1_024).ShouldBeNull();
    }

    [Theory]
    [InlineData("Max open files            1024                 4096                 files     ", 1_024L)]
    [InlineData("Max open files            unlimited            unlimited            files     ", null)]
    [InlineData("Max processes             5                    6                    processes ", null)]
    public void Limits_OfTheKernel_AreRead(string line, long? limit) => OpenFiles.LimitIn(["Limit                     Soft Limit           Hard Limit           Units     ", line]).ShouldBe(limit);
}
