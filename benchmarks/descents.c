/* Gradient descent from many starts, written by hand: what native kernels are compared with.

   Blocks of starts fit into the first-level cache; each step goes over a block with SIMD.
   Compiled with -O3 -march=native -ffast-math -fopenmp by bench_descents.py, which also
   chooses BLOCK (the fastest of several). */
#include <math.h>

#ifndef BLOCK
#define BLOCK 64
#endif

#define DESCENT(name, gradient_x, gradient_y)                                              \
  void name(const double *starts, double *points, long count, long steps, double eta) {    \
    _Pragma("omp parallel for schedule(static)")                                           \
    for (long i = 0; i < count; i += BLOCK) {                                              \
      double xs[BLOCK], ys[BLOCK];                                                         \
      for (int j = 0; j < BLOCK; j++) {                                                    \
        xs[j] = starts[2 * (i + j)];                                                       \
        ys[j] = starts[2 * (i + j) + 1];                                                   \
      }                                                                                    \
      for (long k = 0; k < steps; k++) {                                                   \
        _Pragma("omp simd")                                                                \
        for (int j = 0; j < BLOCK; j++) {                                                  \
          double x = xs[j], y = ys[j];                                                     \
          double gx = gradient_x, gy = gradient_y;                                         \
          xs[j] = x - eta * gx;                                                            \
          ys[j] = y - eta * gy;                                                            \
        }                                                                                  \
      }                                                                                    \
      for (int j = 0; j < BLOCK; j++) {                                                    \
        points[2 * (i + j)] = xs[j];                                                       \
        points[2 * (i + j) + 1] = ys[j];                                                   \
      }                                                                                    \
    }                                                                                      \
  }

#define TURN 6.283185307179586

DESCENT(himmelblau, 4 * x * (x * x + y - 11) + 2 * (x + y * y - 7),
        2 * (x * x + y - 11) + 4 * y * (x + y * y - 7))
DESCENT(rastrigin, 2 * x + 10 * TURN * sin(TURN * x), 2 * y + 10 * TURN * sin(TURN * y))
