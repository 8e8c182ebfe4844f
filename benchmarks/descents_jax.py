"""The same descents in JAX: jit of a fori_loop. Run by bench_descents.py with JAX's interpreter.

python descents_jax.py starts.npy PROBLEM STEPS ETA  prints the seconds it takes to
compile, to run, and to run in processor time.
"""

import sys
import time

import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp  # noqa: E402  (after the switch to 64 bits)
import numpy as np  # noqa: E402


def himmelblau(p):
    x, y = p
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def rastrigin(p):
    return 20 + jnp.sum(p**2 - 10 * jnp.cos(2 * jnp.pi * p))


def main() -> None:
    starts, name, steps, eta = sys.argv[1:]
    function = {"himmelblau": himmelblau, "rastrigin": rastrigin}[name]
    gradient = jax.vmap(jax.grad(function))
    steps, eta = int(steps), float(eta)

    @jax.jit
    def walk(x):
        return jax.lax.fori_loop(0, steps, lambda _, x: x - eta * gradient(x), x)

    x = jnp.asarray(np.load(starts))
    began = time.perf_counter()
    compiled = walk.lower(x).compile()
    compile_seconds = time.perf_counter() - began
    walls, cpus = [], []
    for _ in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        compiled(x).block_until_ready()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    print(compile_seconds, min(walls), min(cpus))


main()
