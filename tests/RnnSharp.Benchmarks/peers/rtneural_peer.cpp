// A peer (see protocol.py): RTNeural, whose layers have their sizes fixed at compile time. It supports modes stream and tiny-stream, float32,
// LSTM and GRU, at the sizes of SIZES below. Its backend is fixed at compile time as well, so that each backend is a peer of its own; README.md
// tells how to build them.

#include <RTNeural/RTNeural.h>

#include <algorithm>
#include <cmath>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#define SIZES(size) size(1, 8) size(1, 16) size(1, 32) size(32, 64) size(64, 128)

namespace {

// As in protocol.py: a single step is too short to time.
constexpr int stream_steps = 100;

#if RTNEURAL_USE_XSIMD
constexpr const char *backend = "xsimd";
#elif RTNEURAL_USE_EIGEN
constexpr const char *backend = "Eigen";
#else
constexpr const char *backend = "STL";
#endif

std::mt19937 generator(0);

std::vector<std::vector<float>> random_matrix(int rows, int columns, float limit) {
    std::uniform_real_distribution<float> uniform(-limit, limit);
    std::vector<std::vector<float>> matrix(rows, std::vector<float>(columns));
    for (auto &row : matrix)
        for (float &value : row) value = uniform(generator);
    return matrix;
}

template <typename Layer>
constexpr bool is_lstm = std::is_same_v<Layer, RTNeural::LSTMLayerT<float, Layer::in_size, Layer::out_size>>;

// A call that runs stream_steps steps.
template <typename Layer>
std::function<void()> stream() {
    constexpr int inputs = Layer::in_size, hidden = Layer::out_size, gates = is_lstm<Layer> ? 4 : 3;
    using Model = RTNeural::ModelT<float, inputs, hidden, Layer>;
    auto model = std::make_shared<Model>();
    auto &layer = model->template get<0>();
    const float limit = 1 / std::sqrt(static_cast<float>(hidden));
    layer.setWVals(random_matrix(inputs, gates * hidden, limit));
    layer.setUVals(random_matrix(hidden, gates * hidden, limit));
    if constexpr (is_lstm<Layer>)
        layer.setBVals(random_matrix(1, gates * hidden, limit)[0]);
    else
        layer.setBVals(random_matrix(2, gates * hidden, limit));
    model->reset();
    std::normal_distribution<float> gaussian;
    struct alignas(64) Input {
        float values[inputs];
    };
    auto input = std::make_shared<Input>();
    for (float &value : input->values) value = gaussian(generator);
    return [model, input] {
        for (int i = 0; i < stream_steps; i++) {
            model->forward(input->values);
            // Nothing is known about the memory between the steps.
            asm volatile("" : : "r"(model->getOutputs()), "r"(input->values) : "memory");
        }
    };
}

std::function<void()> prepare(const std::string &kind, int inputs, int hidden) {
#define PREPARE(i, h)                                                                                                \
    if (inputs == i && hidden == h && kind == "lstm") return stream<RTNeural::LSTMLayerT<float, i, h>>();            \
    if (inputs == i && hidden == h && kind == "gru") return stream<RTNeural::GRULayerT<float, i, h>>();
    SIZES(PREPARE)
    return nullptr;
}

// The value of a key of a flat JSON object, without quotes.
std::string value_of(const std::string &line, const char *key) {
    size_t at = line.find('"' + std::string(key) + '"');
    if (at == std::string::npos) return "";
    at = line.find_first_not_of(" \"", line.find(':', at) + 1);
    return line.substr(at, line.find_first_of(",}\"", at) - at);
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

int main(int count, char **arguments) {
    if (count > 1 && !std::strcmp(arguments[1], "--version")) {
        std::printf("{\"name\": \"RTNeural, %s\", \"detail\": \"compiled for this processor\"}\n", backend);
        return 0;
    }

    for (std::string line; std::getline(std::cin, line);) {
        std::function<void()> call;
        const std::string mode = value_of(line, "mode");
        if ((mode == "stream" || mode == "tiny-stream") && value_of(line, "dtype") == "float32")
            call = prepare(value_of(line, "kind"), std::stoi(value_of(line, "inputs")), std::stoi(value_of(line, "hidden")));
        if (!call) {
            std::puts("{\"median_ms\": null}");
            std::fflush(stdout);
            continue;
        }

        const double seconds = std::stod(value_of(line, "seconds"));
        double start = now();
        while (now() - start < std::min(0.5, seconds)) call();
        std::vector<double> times;
        start = now();
        while (now() - start < seconds || times.size() < 5) {
            const double begin = now();
            call();
            times.push_back(now() - begin);
        }

        std::sort(times.begin(), times.end());
        std::printf("{\"median_ms\": %.9g, \"runs\": %zu}\n", times[times.size() / 2] * 1e3 / stream_steps, times.size());
        std::fflush(stdout);
    }
}
