import OpenAI from "openai";
import { NextRequest, NextResponse } from "next/server";

const client = new OpenAI();

// A route that only hands on what is posted to it: those that post are the sites.
export async function POST(req: NextRequest) {
  const body = await req.json();
  const answer = await client.responses.create({ ...body, stream: false });
  return NextResponse.json(answer);
}
