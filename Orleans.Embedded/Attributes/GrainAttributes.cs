namespace Orleans
{
    /// <summary>The lasting name of a grain class, part of its storage keys.</summary>
    /// <param name="grainType">Unique in the cluster.</param>
    [AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
    public sealed class GrainTypeAttribute(string grainType) : Attribute
    {
        internal string Name { get; } = grainType;
    }

    /// <summary>Activations of this class are not collected for being idle.</summary>
    [AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
    public sealed class KeepAliveAttribute : Attribute;

    /// <summary>Every stream of a namespace has one grain of this class as its subscriber, with the stream's key as its own.</summary>
    [AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
    public class ImplicitStreamSubscriptionAttribute : Attribute
    {
        /// <summary>Subscribes to the streams of <paramref name="streamNamespace"/>.</summary>
        /// <exception cref="NotSupportedException">A mapper was named: the embedded engine has only the default one.</exception>
        public ImplicitStreamSubscriptionAttribute(string streamNamespace, string? streamIdMapper = null) =>
            Namespace = streamIdMapper is null ? streamNamespace : throw new NotSupportedException($"Stream id mapper '{streamIdMapper}': only the default one is offered.");

        internal string Namespace { get; }
    }
}

namespace Orleans.Concurrency
{
    /// <summary>Calls of this class may interleave at their awaits.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class ReentrantAttribute : Attribute;

    /// <summary>The method may run beside any other of its activation.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class AlwaysInterleaveAttribute : Attribute;

    /// <summary>The method may run beside others that only read.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class ReadOnlyAttribute : Attribute;

    /// <summary>The caller neither waits for the method nor hears of its faults.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class OneWayAttribute : Attribute;

    /// <summary>Any silo may hold several activations of one grain, each serving calls of that silo.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class StatelessWorkerAttribute : Placement.PlacementAttribute
    {
        /// <summary>As many activations in a silo as there are processors.</summary>
        public StatelessWorkerAttribute()
            : this(Environment.ProcessorCount)
        {
        }

        /// <summary>At most <paramref name="maxLocalWorkers"/> activations in a silo.</summary>
        public StatelessWorkerAttribute(int maxLocalWorkers)
            : base(new Runtime.LocalPlacement()) => MaxLocalWorkers = maxLocalWorkers;

        internal int MaxLocalWorkers { get; }
    }
}
