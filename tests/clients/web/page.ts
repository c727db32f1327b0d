// A seller's portal in a browser: reads its own assessment with its token, and is refused a rival's.

import { Code, ConnectError } from "@connectrpc/connect";
import { standing } from "./standing.js";

interface Trial {
  server: string;
  own: string;
  foreign: string;
  token: string;
}

async function tried(): Promise<string> {
  const trial: Trial = await (await fetch("trial.json")).json();
  const own = await standing(trial.server, trial.token, trial.own);
  if (own.subject?.id !== trial.own || own.findings.length === 0) {
    throw new Error(`no assessment of ${trial.own}: ${JSON.stringify(own.subject)}`);
  }
  try {
    await standing(trial.server, trial.token, trial.foreign);
  } catch (error) {
    const code = ConnectError.from(error).code;
    if (code !== Code.PermissionDenied) {
      throw error;
    }
    const share = own.risk ? own.risk.probability.toFixed(3) : "unknown";
    return `ok: ${trial.own} has risk ${share} over ${own.reviewCount} reviews, ${trial.foreign} is refused`;
  }
  throw new Error(`${trial.own} could read ${trial.foreign}`);
}

const result = await tried().catch((error: unknown) => `failed: ${String(error)}`);
document.body.textContent = result;
await fetch("result", { method: "POST", body: result });
