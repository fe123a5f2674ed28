namespace Orleans.Runtime;

/// <summary>The base of what the engine throws.</summary>
public class OrleansException : Exception
{
    /// <summary>With words.</summary>
    public OrleansException(string message)
        : base(message)
    {
    }
}

/// <summary>The silo cannot start as it is configured.</summary>
public sealed class OrleansConfigurationException : Exception
{
    /// <summary>With words.</summary>
    public OrleansConfigurationException(string message)
        : base(message)
    {
    }
}

/// <summary>A call was refused, or will never be answered.</summary>
public class OrleansMessageRejectionException : OrleansException
{
    internal OrleansMessageRejectionException(string message)
        : base(message)
    {
    }
}

/// <summary>The silo that had the activation is gone, or there is none.</summary>
public class SiloUnavailableException : OrleansMessageRejectionException
{
    /// <summary>With words.</summary>
    public SiloUnavailableException(string msg)
        : base(msg)
    {
    }
}

/// <summary>The client or its observer that was called is gone.</summary>
public class ClientNotAvailableException : OrleansException
{
    internal ClientNotAvailableException(GrainId client)
        : base($"No client in the cluster has {client}.")
    {
    }
}

/// <summary>A bound of the engine was reached.</summary>
public class LimitExceededException : OrleansException
{
    /// <summary>With words.</summary>
    public LimitExceededException(string message)
        : base(message)
    {
    }
}
