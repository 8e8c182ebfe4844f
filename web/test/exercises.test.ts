import { expect, test } from "vitest";
import { another, asked, offered, otherNumbers, readAsked, topic, topics } from "../src/lab/exercises";

const one = (key: string, about: string) => ({ key, topic: about, title: key });

test("an exercise in an address", () => {
  expect(readAsked("chain-power,7")).toEqual({ key: "chain-power", seed: 7 });
  expect(readAsked("chain-power,-1000000000")?.seed).toBe(-1e9);
  for (const text of [undefined, "", "chain-power", ",7", "chain-power,", "chain-power,x", "chain-power,1.5",
    "chain-power,9999999999", "Chain,7", "a b,7", "<img>,7", `${"x".repeat(65)},7`, "chain-power,7,8"]) {
    expect(readAsked(text), text).toBeNull();
  }
});

test("none is asked twice before all of its topic were", () => {
  offered.value = [one("a", "p"), one("b", "q"), one("c", "p"), one("d", "p")];
  expect(topics()).toEqual(["p", "q"]);
  topic.value = "p";
  for (let round = 0; round < 20; round++) {
    const before = asked.value?.key;
    const keys = [0, 1, 2].map(() => (another(), asked.value!.key));
    expect([...keys].sort()).toEqual(["a", "c", "d"]);
    expect(keys[0]).not.toBe(before);
  }
  const { seed } = asked.value!;
  topic.value = "q";
  another();
  another();
  expect(asked.value).toEqual({ key: "b", seed });
});

test("on a page they come in its order, with the numbers that were drawn", () => {
  topic.value = "";
  asked.value = null;
  offered.value = [{ ...one("e", "p"), seeds: [7, 8, 9] }, { ...one("f", "p"), seeds: [7, 9] }];
  const walk = [another, otherNumbers, otherNumbers, another, otherNumbers, another, otherNumbers, otherNumbers].map((step) => {
    step();
    return `${asked.value!.key}${asked.value!.seed}`;
  });
  expect(walk).toEqual(["e7", "e8", "e9", "f9", "f7", "e7", "e8", "e9"]);
});
