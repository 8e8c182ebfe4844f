/** Practise: the lab asks, and Python says what is right and what is not. */

import type { Verdict } from "../practice/answers";
import { Practice as Card } from "../practice/card";
import { Session } from "../practice/session";
import type { Question, Solution } from "../practice/session";
import { offered } from "./exercises";
import { Work } from "./work";

const session = new Session({
  question: new Work<Question>("exercise", false),
  verdict: new Work<Verdict>("answer", false),
  solution: new Work<Solution>("solution", false),
});

export const Practice = () => <Card session={session} />;

/** Whether there is anything to practise here. */
export const canPractise = (): boolean => offered.value.length > 0;
