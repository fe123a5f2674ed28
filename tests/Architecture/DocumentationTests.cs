using System.Xml.Linq;

namespace IppanFleet.Architecture;

/// <summary>Who takes one of the libraries finds every public type explained.</summary>
public sealed class DocumentationTests
{
    [Theory]
    [InlineData("IppanFleet.Libp2p")]
    [InlineData("IppanFleet.Ippan")]
    [InlineData("IppanFleet.P2P")]
    [InlineData("IppanFleet.Testing")]
    public void PublicTypes_HaveASummary(string assembly)
    {
        var written = XDocument.Load(Path.ChangeExtension(AssemblyTypes.PathOf(assembly), ".xml")).Descendants("member")
            .Where(member => member.Element("inheritdoc") is not null || !string.IsNullOrWhiteSpace(member.Element("summary")?.Value))
            .Select(member => (string)member.Attribute("name")!)
            .ToHashSet(StringComparer.Ordinal);
        var types = AssemblyTypes.PublicIn(assembly);

        types.ShouldNotBeEmpty();
        types.Where(type => !written.Contains("T:" + type)).ShouldBeEmpty();
    }
}
