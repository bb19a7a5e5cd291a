namespace RnnSharp.Numerics;

/// <summary>A function of floats, for which the computation also gets the vector of words of the same width.</summary>
internal interface IWordFunction<TResult>
{
    TResult Invoke<TVector, TWords>()
        where TVector : unmanaged, IKernelVector<TVector, float>
        where TWords : unmanaged, IWordVector<TWords>;
}

/// <summary>Selects vectors of words as wide as those that <see cref="VectorDispatch"/> selects.</summary>
internal static class WordDispatch
{
    public static TResult Invoke<TFunction, TResult>(TFunction function)
        where TFunction : struct, IWordFunction<TResult> => VectorDispatch.Bits switch
        {
            512 => function.Invoke<SimdVector512<float>, WordVector512>(),
            256 => function.Invoke<SimdVector256<float>, WordVector256>(),
            128 => function.Invoke<SimdVector128<float>, WordVector128>(),
            _ => function.Invoke<ScalarVector<float>, ScalarWord>(),
        };
}
