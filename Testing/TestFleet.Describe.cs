using System.Globalization;
using System.Text;
using IppanFleet.Ippan;

namespace IppanFleet.Testing;

/// <content>The fleet in words.</content>
public sealed partial class TestFleet
{
    /// <summary>The fleet as it is now: the network's faults, each node with its silo, peers and meshes, and what was delivered. It ends every failure's message.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"network     {Network}").AppendLine();
        text.Append(CultureInfo.InvariantCulture, $"delivered   {Deliveries}").AppendLine();
        text.AppendLine("node        silo        state     peers  blocks  transactions  received  lost events");
        foreach (var node in Nodes)
        {
            var now = node.Snapshot();
            var state = node.IsKilled ? "killed" : now is null ? "down" : node.IsJoined ? "joined" : node.IsUp ? "up" : "starting";
            text.Append(CultureInfo.InvariantCulture, $"{node.Name,-11} {node.Silo,-11} {state,-9}");
            if (now is not null) text.Append(CultureInfo.InvariantCulture, $" {now.Peers.Count,5}  {Mesh(IppanTopics.Blocks),6}  {Mesh(IppanTopics.Transactions),12}  {now.Delivered,8}  {now.EventsDropped,11}");
            text.AppendLine();

            int Mesh(string topic) => now.Topics.FirstOrDefault(known => known.Topic == topic)?.Mesh.Count ?? 0;
        }

        return text.ToString();
    }
}
