// Reads simulations from standard input, has the installed iam-simulate run them, and prints each result.
// Its path is the first argument: nothing here knows where it is, and nothing of it is part of this project.
import { readFileSync } from "node:fs";

const { runSimulation } = await import(process.argv[2]);
const results = [];
for (const simulation of JSON.parse(readFileSync(0, "utf8"))) {
  const answer = await runSimulation(simulation, { simulationMode: "Strict" });
  results.push(
    answer.resultType === "error"
      ? { error: answer.errors }
      : { result: answer.overallResult, ignored: answer.result?.ignoredContextKeys ?? [] },
  );
}
process.stdout.write(JSON.stringify(results));
