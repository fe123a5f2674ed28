namespace Orleans.Runtime;

/// <summary>The activations that a stateless worker has in one silo: a new one when all are busy and there may be more.</summary>
internal sealed class StatelessPool(Silo silo, GrainId id, GrainClass grainClass)
{
    private readonly Lock _gate = new();
    private readonly List<Activation> _workers = [];

    public Activation Choose()
    {
        lock (_gate)
        {
            Activation? best = null;
            var least = int.MaxValue;
            foreach (var worker in _workers)
            {
                var load = worker.Load;
                if (load == 0) return worker;
                if (load < least) (best, least) = (worker, load);
            }
            if (best is not null && _workers.Count >= grainClass.MaxLocalWorkers) return best;
            var added = new Activation(silo, id, grainClass);
            _workers.Add(added);
            silo.Add(added);
            return added;
        }
    }

    public void Remove(Activation activation)
    {
        lock (_gate) _workers.Remove(activation);
    }
}
