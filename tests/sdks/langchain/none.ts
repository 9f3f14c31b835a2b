import { createReadStream, createWriteStream } from "node:fs";
import { createGzip } from "node:zlib";
import { ipcRenderer } from "electron";

// none
export const pack = (path: string) => createReadStream(path).pipe(createGzip()).pipe(createWriteStream(`${path}.gz`));

// none
export const open = (path: string) => ipcRenderer.invoke("open", { path });

class Chain {
  constructor(private readonly links: string[]) {}
  invoke(input: string) {
    return this.links.reduce((a, b) => a + b, input);
  }
}

// none
export const joined = new Chain(["a", "b"]).invoke("c");
