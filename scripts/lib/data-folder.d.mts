/** Cuts the logs of a folder that are larger than `most` bytes; what they held is kept as `<name>.log.1`. */
export function cutLogs(folder: string, most?: number): void;
