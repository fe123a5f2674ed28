using IppanFleet.Grains;
using IppanFleet.P2P;

namespace IppanFleet.Hosting.Reports;

/// <summary>
/// What was last reported of the topics of a silo's nodes, and so what there is to report: meshes and subscriptions when they change, figures every few seconds. Pure: no clock, no I/O; not thread-safe.
/// </summary>
internal sealed class TopicTracker(string silo, TimeSpan period)
{
    private readonly Dictionary<string, Known> _topics = new(StringComparer.Ordinal);

    /// <summary>Reports for the topics of which something changed, or nothing was told for a period.</summary>
    /// <param name="nodes">Each node of the silo with its topics.</param>
    /// <param name="now">The time.</param>
    internal List<(string Topic, TopicReport Report)> Update(IEnumerable<(string Node, IReadOnlyList<TopicSnapshot> Topics)> nodes, DateTimeOffset now)
    {
        var present = new Dictionary<string, Dictionary<string, TopicSnapshot>>(StringComparer.Ordinal);
        foreach (var (node, topics) in nodes)
        {
            foreach (var topic in topics)
            {
                if (!present.TryGetValue(topic.Topic, out var subscribers)) present.Add(topic.Topic, subscribers = new Dictionary<string, TopicSnapshot>(StringComparer.Ordinal));
                subscribers[node] = topic;
            }
        }

        var reports = new List<(string, TopicReport)>();
        foreach (var topic in present.Keys.Union(_topics.Keys, StringComparer.Ordinal).ToArray())
        {
            if (!_topics.TryGetValue(topic, out var known)) _topics.Add(topic, known = new Known());
            var subscribers = present.GetValueOrDefault(topic) ?? [];
            if (known.Update(silo, subscribers, period, now) is { } report) reports.Add((topic, report));
            if (subscribers.Count == 0) _topics.Remove(topic);
        }

        return reports;
    }

    /// <summary>The topic's grain does not have the whole of it, or was not reached: the next report says everything.</summary>
    internal void TellAll(string topic)
    {
        if (_topics.TryGetValue(topic, out var known)) known.IsWhole = true;
    }

    private sealed class Known
    {
        private readonly Dictionary<string, (NodeTopic Told, long Accepted, long Duplicates, DateTimeOffset At)> _nodes = new(StringComparer.Ordinal);
        private DateTimeOffset _toldAt;

        internal bool IsWhole { get; set; } = true;

        internal TopicReport? Update(string silo, Dictionary<string, TopicSnapshot> subscribers, TimeSpan period, DateTimeOffset now)
        {
            var gone = _nodes.Keys.Where(node => !subscribers.ContainsKey(node)).ToArray();
            foreach (var node in gone) _nodes.Remove(node);
            var isDue = now - _toldAt >= period;
            var changed = new List<NodeTopic>();
            foreach (var (node, topic) in subscribers)
            {
                if (Told(node, topic, isDue || IsWhole, now) is { } told) changed.Add(told);
            }

            if (!IsWhole && !isDue && changed.Count + gone.Length == 0) return null;
            var report = new TopicReport { Silo = silo, IsWhole = IsWhole, Nodes = IsWhole ? [.. _nodes.Values.Select(known => known.Told)] : [.. changed], Gone = gone };
            if (isDue) _toldAt = now;
            IsWhole = false;
            return report;
        }

        /// <summary>What there is to tell of a node; null: nothing. Rates are over the time since they were last told.</summary>
        private NodeTopic? Told(string node, TopicSnapshot topic, bool withFigures, DateTimeOffset now)
        {
            var isKnown = _nodes.TryGetValue(node, out var known);
            var isSame = isKnown && known.Told.Mesh == topic.Mesh.Count && known.Told.Subscribers == topic.Subscribers;
            var figuresChanged = !isKnown || known.Accepted != topic.Accepted || known.Duplicates != topic.Duplicates || known.Told.AcceptedRate + known.Told.DuplicateRate > 0;
            if (isSame && !(withFigures && figuresChanged)) return null;
            var told = new NodeTopic
            {
                Node = node,
                Mesh = topic.Mesh.Count,
                Subscribers = topic.Subscribers,
                Accepted = topic.Accepted,
                Duplicates = topic.Duplicates,
                AcceptedRate = known.Told?.AcceptedRate ?? 0,
                DuplicateRate = known.Told?.DuplicateRate ?? 0,
            };
            var seconds = (now - known.At).TotalSeconds;
            var mayRate = isKnown && withFigures && seconds > 0;
            if (mayRate) told = told with { AcceptedRate = Rate(known.Accepted, topic.Accepted, seconds), DuplicateRate = Rate(known.Duplicates, topic.Duplicates, seconds) };
            _nodes[node] = !isKnown || mayRate ? (told, topic.Accepted, topic.Duplicates, now) : (told, known.Accepted, known.Duplicates, known.At);
            return told;
        }

        /// <summary>A node that started anew counts from nought.</summary>
        private static double Rate(long before, long after, double seconds) => after >= before ? (after - before) / seconds : 0;
    }
}
