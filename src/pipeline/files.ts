import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { archiveOf } from "./archive.ts";

/** Files and folders, those in an open archive among them: the archive itself is a folder. */

export function isFile(path: string): boolean {
  const archive = archiveOf(path);
  if (archive !== undefined) return archive.members.has(path);
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    // As of a file that is not there.
    return false;
  }
}

export function isFolder(path: string): boolean {
  const archive = archiveOf(path);
  if (archive !== undefined) return archive.folders.has(path);
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    // Reading it as a file will say what is wrong with it.
    return false;
  }
}

/** Names of what a folder holds, in order; throws as readdir does. */
export function namesIn(folder: string): string[] {
  const archive = archiveOf(folder);
  return [
    ...(archive === undefined ? readdirSync(folder) : (archive.folders.get(folder) ?? [])),
  ].sort();
}

/** Path of what a folder holds. */
export function within(folder: string, name: string): string {
  return archiveOf(folder)?.path === folder ? `${folder}:${name}` : join(folder, name);
}

/** The folder that a path is in; within an archive, its outermost is the archive. */
export function folderOf(path: string): string {
  const archive = archiveOf(path);
  if (archive === undefined) return dirname(path);
  const inside = path.slice(archive.path.length + 1);
  return inside.includes("/") ? dirname(path) : archive.path;
}

/** Last part of a path. */
export function nameOf(path: string): string {
  const archive = archiveOf(path);
  return basename(archive === undefined ? path : path.slice(archive.path.length + 1));
}
