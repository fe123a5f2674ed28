using IppanFleet.Grains;
using IppanFleet.Hosting.Demo;
using IppanFleet.Ippan;

namespace IppanFleet.Testing;

/// <content>What a test lets the fleet publish.</content>
public sealed partial class TestFleet
{
    private readonly DemoContent _content;
    private readonly Random _random;
    private readonly Lock _making = new();

    /// <summary>Makes a valid signed block and publishes it at a node, through the node's grain.</summary>
    /// <param name="at">The node. Default: one that has joined, at random.</param>
    /// <param name="transactions">Transactions in the block. Default 1.</param>
    /// <param name="cancellationToken">Gives up waiting; the block may go out all the same.</param>
    /// <exception cref="InvalidOperationException">The node is not up, or has nobody to send to.</exception>
    public async Task<PublishedMessage> PublishBlockAsync(TestNode? at = null, int transactions = 1, CancellationToken cancellationToken = default)
    {
        var network = Publisher(at);
        Block block;
        lock (_making) block = _content.NextBlock(network.Identity.Key, transactions);
        return await PublishAsync(network, block.Id, GossipKind.Block, node => node.PublishBlock(block.Encode()), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a valid signed transaction and publishes it at a node, through the node's grain.</summary>
    /// <param name="at">The node. Default: one that has joined, at random.</param>
    /// <param name="cancellationToken">Gives up waiting; the transaction may go out all the same.</param>
    /// <exception cref="InvalidOperationException">The node is not up, or has nobody to send to.</exception>
    public async Task<PublishedMessage> PublishTransactionAsync(TestNode? at = null, CancellationToken cancellationToken = default)
    {
        var network = Publisher(at);
        Transaction transaction;
        lock (_making) transaction = _content.NextTransaction(network.Identity.Key);
        return await PublishAsync(network, transaction.Id, GossipKind.Transaction, node => node.PublishTransaction(transaction.Encode()), cancellationToken).ConfigureAwait(false);
    }

    private ObservedNetwork Publisher(TestNode? at)
    {
        if (at is not null) return at.Network is { IsUp: true } network ? network : throw new InvalidOperationException($"{at} is not up.");
        var joined = Nodes.Where(node => node.IsJoined).Select(node => node.Network).OfType<ObservedNetwork>().ToArray();
        if (joined.Length == 0) throw new InvalidOperationException($"No node has joined.{Environment.NewLine}{Describe()}");
        lock (_making) return joined[_random.Next(joined.Length)];
    }

    private async Task<PublishedMessage> PublishAsync(ObservedNetwork at, Hash32 id, GossipKind kind, Func<INodeGrain, Task<PublishOutcome>> publish, CancellationToken cancellationToken)
    {
        var eligible = _registry.All.Where(other => other != at && other.IsJoined).ToArray();
        var message = new PublishedMessage(id, kind, at.Name, Options.Time.GetUtcNow(), eligible.Select(other => other.Name));
        Book.Enter(message);
        // Who went down between the two is not waited for.
        foreach (var other in eligible.Append(at).Where(other => _registry.Find(other.Name) != other)) message.WentDown(other.Name);
        try
        {
            var outcome = await publish(Client.GetGrain<INodeGrain>(at.Name)).WaitAsync(cancellationToken).ConfigureAwait(false);
            return outcome.IsSent ? message : throw new InvalidOperationException($"{message} was not sent: {outcome.Reason}.{Environment.NewLine}{Describe()}");
        }
        catch
        {
            Book.Cancel(message);
            throw;
        }
    }
}
