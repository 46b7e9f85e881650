// Starts `wplint server` and connects it with the editor; everything else is the server's.

import { ExtensionContext, commands, window, workspace } from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

async function start(): Promise<void> {
  const command = workspace.getConfiguration("wplint").get<string>("path", "wplint");
  const server: ServerOptions = { command, args: ["server"] };
  const options: LanguageClientOptions = {
    documentSelector: [
      { scheme: "file", language: "yaml" },
      { scheme: "file", language: "json", pattern: "**/*.json" },
      { scheme: "file", language: "helm" },
    ],
  };
  client = new LanguageClient("wplint", "wplint", server, options);
  try {
    await client.start();
  } catch (error) {
    const help = "Install wplint, or set `wplint.path` to the program.";
    void window.showErrorMessage(`wplint does not start: ${error}. ${help}`);
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.stop();
}

export async function activate(context: ExtensionContext): Promise<void> {
  const restart = async () => {
    await stop();
    await start();
  };
  context.subscriptions.push(commands.registerCommand("wplint.restart", restart));
  context.subscriptions.push(
    workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("wplint.path")) {
        await restart();
      }
    }),
  );
  await start();
}

export function deactivate(): Promise<void> {
  return stop();
}
