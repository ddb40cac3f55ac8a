/** One server-sent event. */
export interface Message {
  id: string;
  event: string;
  data: string;
}

/** The server says something every five seconds. A connection that is silent is a closed laptop's. */
const SILENT_MS = 30_000;

/** Read server-sent events from the body of an answer, as the HTML standard says, until silence. */
export async function* messages(body: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let kept = '';
  let message: Message = { id: '', event: '', data: '' };
  try {
    for (;;) {
      const { done, value } = await soon(reader);
      if (done) {
        return;
      }
      kept += decoder.decode(value, { stream: true });
      const lines = kept.split(/\r\n|\n|\r(?!$)/);
      kept = lines.pop() ?? '';
      for (const line of lines) {
        if (line !== '') {
          read(line, message);
        } else if (message.data !== '' || message.event !== '') {
          yield message;
          message = { id: message.id, event: '', data: '' };
        }
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function read(line: string, message: Message): void {
  const colon = line.indexOf(':');
  const field = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
  if (field === 'data') {
    message.data += (message.data === '' ? '' : '\n') + value;
  } else if (field === 'id' || field === 'event') {
    message[field] = value;
  }
}

type Read = ReadableStreamReadResult<Uint8Array>;

/** Read the next bytes; a stream that brings none for so long has ended. */
async function soon(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Read> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<Read>(resolve => {
    timer = setTimeout(() => {
      resolve({ done: true, value: undefined });
    }, SILENT_MS);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } finally {
    clearTimeout(timer);
  }
}
