/* The limit of one core: fused multiply-adds per second on registers alone, at every vector width that it has.

     cc -O3 -march=native peak.c -o peak && ./peak

   prints GFLOP/s (a multiply-add counts as two operations) as {"512": {"float32": x, "float64": y}, "256": {...}}. A
   width that the processor lacks is omitted: the compiler would build it from two narrower vectors. */

#include <stdio.h>
#include <time.h>

/* A round is about a millisecond, so that some rounds fall between two interruptions.
   More independent chains than latency (4 or 5 cycles) times instructions per cycle (2), and with the two factors fewer
   than the 16 registers of AVX2. */
enum { CHAINS = 12, LOOPS = 400000, ROUNDS = 100 };

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The empty asm statement hides the factors from the optimizer, which would otherwise fold the loop. The best of
   several rounds is the limit: other load on the machine can only make a round slower. */
#define DEFINE_LIMIT(NAME, TYPE, BYTES)                                                        \
    static double NAME(void)                                                                   \
    {                                                                                          \
        typedef TYPE vector __attribute__((vector_size(BYTES)));                               \
        enum { LANES = BYTES / sizeof(TYPE) };                                                 \
        vector chain[CHAINS], factor, term;                                                    \
        for (int lane = 0; lane < LANES; lane++) {                                             \
            factor[lane] = (TYPE)0.999;                                                        \
            term[lane] = (TYPE)0.001;                                                          \
            for (int i = 0; i < CHAINS; i++) chain[i][lane] = (TYPE)(i + lane);                \
        }                                                                                      \
        double best = 1e9;                                                                     \
        for (int round = 0; round < ROUNDS; round++) {                                         \
            double start = seconds();                                                          \
            for (int loop = 0; loop < LOOPS; loop++) {                                         \
                for (int i = 0; i < CHAINS; i++) chain[i] = chain[i] * factor + term;          \
                KEEP(factor, term);                                                            \
            }                                                                                  \
            double taken = seconds() - start;                                                  \
            if (taken < best) best = taken;                                                    \
        }                                                                                      \
        volatile TYPE sink = 0;                                                                \
        for (int i = 0; i < CHAINS; i++)                                                       \
            for (int lane = 0; lane < LANES; lane++) sink += chain[i][lane];                   \
        return 2.0 * CHAINS * LANES * LOOPS / best * 1e-9;                                     \
    }

#if defined(__aarch64__)
#define KEEP(a, b) __asm__ volatile("" : "+w"(a), "+w"(b))
#else
#define KEEP(a, b) __asm__ volatile("" : "+x"(a), "+x"(b))
#endif

#if defined(__AVX512F__)
#undef KEEP
#define KEEP(a, b) __asm__ volatile("" : "+v"(a), "+v"(b))
DEFINE_LIMIT(float_512, float, 64)
DEFINE_LIMIT(double_512, double, 64)
#endif
#if defined(__AVX2__) && defined(__FMA__)
DEFINE_LIMIT(float_256, float, 32)
DEFINE_LIMIT(double_256, double, 32)
#endif
DEFINE_LIMIT(float_128, float, 16)
DEFINE_LIMIT(double_128, double, 16)

int main(void)
{
    printf("{");
#if defined(__AVX512F__)
    printf("\"512\": {\"float32\": %.1f, \"float64\": %.1f}, ", float_512(), double_512());
#endif
#if defined(__AVX2__) && defined(__FMA__)
    printf("\"256\": {\"float32\": %.1f, \"float64\": %.1f}, ", float_256(), double_256());
#endif
    printf("\"128\": {\"float32\": %.1f, \"float64\": %.1f}}\n", float_128(), double_128());
    return 0;
}
