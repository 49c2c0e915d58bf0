import type { OneMinWork } from "./work.ts";

type Body = Record<string, unknown>;

/** Where things of this vendor are reached. */
export interface Places {
  /** Presigned, for one asset. */
  signed(key: string): string;
  /** Where the model's maker has the picture. */
  maker(key: string): string;
}

/** The account that every record tells of; nobody who only wants a picture needs any of it. */
export const ACCOUNT = {
  userId: "user-12345",
  teamId: "team-67890",
  teamUser: {
    teamId: "team-67890",
    userId: "user-12345",
    userName: "Alex Designer",
    userAvatar: "https://example.com/avatar.jpg",
    status: "ACTIVE",
    role: "ADMIN",
    creditLimit: 100_000_000,
    usedCredit: 28_000,
    createdAt: "2025-01-01T00:00:00.000Z",
    createdBy: "SYSTEM",
    updatedAt: "2025-01-15T16:00:00.000Z",
    updatedBy: "SYSTEM",
  },
} as const;

/** The whole answer that tells of work: of a submit and of a question alike. */
export function recordOf(work: OneMinWork, places: Places): Body {
  const { behaviour, keys, status } = work;
  const done = status === "SUCCESS";
  const [first] = keys;
  const stands = behaviour.temporaryUrl ?? "record";
  const link = done && first !== undefined && stands !== "absent" ? { temporaryUrl: places.signed(first) } : {};
  return {
    aiRecord: {
      ...(behaviour.answer === "unnamed" ? {} : { uuid: work.id }),
      ...ACCOUNT,
      model: work.model,
      type: "IMAGE_INPAINTER",
      metadata: null,
      rating: null,
      feedback: null,
      conversationId: null,
      status,
      createdAt: new Date(work.createdAt).toISOString(),
      aiRecordDetail: {
        promptObject: work.fields,
        resultObject: resultObject(work, places),
        responseObject: done ? responseObject(work, places) : {},
      },
      additionalData: null,
      ...(stands === "record" ? link : {}),
    },
    ...(stands === "root" ? link : {}),
  };
}

function resultObject({ status, behaviour, keys, prompt }: OneMinWork, places: Places): string[] {
  if (status === "FAILURE") return [`The image could not be generated: ${prompt}`];
  return behaviour.others === "links" ? keys.map((key) => places.maker(key)) : keys;
}

/** Ideogram's own answer; of the others the vendor passes nothing on. */
function responseObject(work: OneMinWork, places: Places): Body {
  if (work.model !== "ideogram-3") return {};
  const { outcome, others } = work.behaviour;
  const unsafe = (index: number) => outcome === "unsafe" || (outcome === "one-unsafe" && index === 0);
  return {
    created: new Date(work.createdAt).toISOString(),
    data: Array.from({ length: Number(work.fields["num_images"]) }, (_, index) => {
      const key = work.keys[outcome === "one-unsafe" ? index - 1 : index];
      return {
        url: unsafe(index) || key === undefined || others === "none" ? null : places.maker(key),
        prompt: work.prompt,
        resolution: "1024x1024",
        is_image_safe: !unsafe(index),
        seed: work.seed + index,
        style_type: work.fields["style_type"] ?? "AUTO",
      };
    }),
  };
}
