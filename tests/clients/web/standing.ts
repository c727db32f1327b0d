import { createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import type { Assessment } from "./gen/goodstanding/v1/assessment_pb.js";
import { SubjectKind } from "./gen/goodstanding/v1/event_pb.js";
import { IntegrityService } from "./gen/goodstanding/v1/integrity_service_pb.js";

export async function standing(server: string, token: string, seller: string): Promise<Assessment> {
  const transport = createGrpcWebTransport({ baseUrl: server });
  const client = createClient(IntegrityService, transport);
  const answer = await client.getAssessment(
    { subject: { kind: SubjectKind.SELLER, id: seller } },
    { headers: { authorization: `Bearer ${token}` } },
  );
  if (answer.assessment === undefined) {
    throw new Error(`nothing is known about ${seller}`);
  }
  return answer.assessment;
}
