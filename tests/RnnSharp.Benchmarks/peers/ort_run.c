/* Times ONNX Runtime through its C interface, without a language binding: one session, every tensor created once over
   memory of our own, and in mode stream the state carried on by swapping two tensors.

     cc -O2 ort_run.c -o ort_run -ldl
     ./ort_run LIBRARY
   prints the version,
     ./ort_run LIBRARY MODEL IS_LSTM INPUTS HIDDEN BATCH STEPS THREADS SECONDS CALLS
   prints "MEDIAN_MS RUNS". CALLS is the number of calls per clock reading: 1, or more for single streaming steps,
   whose state is then carried on.

   No header is needed: the interface is a table of functions whose order is guaranteed never to change, so that
   a function is reached by its position in the table. */

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    GET_ERROR_MESSAGE = 2,
    CREATE_ENV = 3,
    CREATE_SESSION = 7,
    RUN = 9,
    CREATE_SESSION_OPTIONS = 10,
    SET_INTRA_OP_NUM_THREADS = 24,
    CREATE_TENSOR_WITH_DATA = 49,
    CREATE_CPU_MEMORY_INFO = 69,
};

/* Version 14 of the table has all of these, and every later library still provides it. */
enum { TABLE_VERSION = 14, LOG_ERRORS = 3, ARENA_ALLOCATOR = 1, DEFAULT_MEMORY = 0, FLOAT_ELEMENTS = 1 };

enum { MAX_RUNS = 1000000 };

typedef void *handle;

typedef struct {
    const handle *(*get_table)(uint32_t version);
    const char *(*version)(void);
} api_base;

static const handle *table;
static handle memory;

static void fail(const char *reason)
{
    fprintf(stderr, "%s\n", reason);
    exit(1);
}

static void check(handle status)
{
    if (status) fail(((const char *(*)(handle))table[GET_ERROR_MESSAGE])(status));
}

static handle tensor(const int64_t *shape, size_t dimensions, int filled)
{
    size_t count = 1;
    for (size_t i = 0; i < dimensions; i++) count *= (size_t)shape[i];
    float *data = calloc(count, sizeof *data);
    if (!data) fail("out of memory");
    for (size_t i = 0; filled && i < count; i++) data[i] = (float)(i * 2654435761u % 1000) / 500 - 1;
    handle value;
    check(((handle (*)(handle, void *, size_t, const int64_t *, size_t, int, handle *))table[CREATE_TENSOR_WITH_DATA])(
        memory, data, count * sizeof *data, shape, dimensions, FLOAT_ELEMENTS, &value));
    return value;
}

static handle session(const char *model, int threads)
{
    handle environment, options, created;
    check(((handle (*)(int, const char *, handle *))table[CREATE_ENV])(LOG_ERRORS, "peer", &environment));
    check(((handle (*)(handle *))table[CREATE_SESSION_OPTIONS])(&options));
    check(((handle (*)(handle, int))table[SET_INTRA_OP_NUM_THREADS])(options, threads));
    check(((handle (*)(handle, const char *, handle, handle *))table[CREATE_SESSION])(
        environment, model, options, &created));
    return created;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

typedef struct {
    handle model;
    handle *in, *out;
    size_t states;
    int calls;
} job;

/* The time of a call in seconds: of a single one, or the mean of several that carry the state on. */
static double timed(job *work)
{
    static const char *in_names[] = {"X", "H0", "C0"}, *out_names[] = {"Y", "Y_h", "Y_c"};
    handle (*run)(handle, handle, const char **, handle *, size_t, const char **, size_t, handle *) =
        (handle (*)(handle, handle, const char **, handle *, size_t, const char **, size_t, handle *))table[RUN];
    double start = seconds_now();
    for (int call = 0; call < work->calls; call++) {
        check(run(work->model, NULL, in_names, work->in, 1 + work->states, out_names, 1 + work->states, work->out));
        for (size_t s = 1; work->calls > 1 && s <= work->states; s++) {
            handle swap = work->in[s];
            work->in[s] = work->out[s];
            work->out[s] = swap;
        }
    }

    return (seconds_now() - start) / work->calls;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 11) fail("expected 1 or 10 arguments: see the top of ort_run.c");
    handle library = dlopen(argv[1], RTLD_NOW);
    if (!library) fail(dlerror());
    handle entry = dlsym(library, "OrtGetApiBase");
    if (!entry) fail("the library is not ONNX Runtime");
    const api_base *base = ((const api_base *(*)(void))entry)();
    if (argc == 2) {
        printf("%s\n", base->version());
        return 0;
    }

    table = base->get_table(TABLE_VERSION);
    if (!table) fail("the library is too old");
    size_t states = (size_t)atoi(argv[3]) + 1;
    int64_t inputs = atoi(argv[4]), hidden = atoi(argv[5]), batch = atoi(argv[6]), steps = atoi(argv[7]);
    handle model = session(argv[2], atoi(argv[8]));
    check(((handle (*)(int, int, handle *))table[CREATE_CPU_MEMORY_INFO])(ARENA_ALLOCATOR, DEFAULT_MEMORY, &memory));

    int64_t x_shape[] = {steps, batch, inputs};
    int64_t y_shape[] = {steps, 1, batch, hidden};
    int64_t state_shape[] = {1, batch, hidden};
    handle in[3] = {tensor(x_shape, 3, 1)}, out[3] = {tensor(y_shape, 4, 0)};
    for (size_t s = 1; s <= states; s++) {
        in[s] = tensor(state_shape, 3, 0);
        out[s] = tensor(state_shape, 3, 0);
    }

    job work = {model, in, out, states, atoi(argv[10])};
    double seconds = atof(argv[9]);
    double start = seconds_now();
    for (int i = 0; i < 3; i++) timed(&work);
    while (seconds_now() - start < (seconds < 0.5 ? seconds : 0.5)) timed(&work);
    static double times[MAX_RUNS];
    int runs = 0;
    start = seconds_now();
    while (runs < MAX_RUNS && (seconds_now() - start < seconds || runs < 5)) times[runs++] = timed(&work);
    qsort(times, (size_t)runs, sizeof *times, ascending);
    printf("%.9f %d\n", times[runs / 2] * 1e3, runs);
    return 0;
}
