import { useEffect, useRef } from "preact/hooks";
import { type Followed, Follower } from "../watch/follower.ts";
import { browserTimers } from "../watch/timers.ts";

/**
 * Follows a stream while the component is in sight, anew when `key` changes. Undefined: it follows none. Returns what
 * tries again at once.
 */
export function useFollower<Message>(key: string | undefined, stream: Followed<Message>): () => void {
  const follower = useRef<Follower<Message>>(undefined);
  // `stream` is made at each drawing; the key says when it is another one.
  useEffect(() => {
    if (key === undefined) return;
    const now = new Follower(stream, browserTimers);
    follower.current = now;
    now.start();
    const off = restWhileHidden(now);
    return () => {
      off();
      now.stop();
    };
  }, [key]);
  return () => follower.current?.retryNow();
}

/**
 * A page that nobody sees leaves its connections to others. Returns what ends that.
 */
export function restWhileHidden(
  follower: Pick<Follower<unknown>, "start" | "stop" | "retryNow">,
): () => void {
  let rest: ReturnType<typeof setTimeout> | undefined;
  let isResting = false;
  const look = () => {
    clearTimeout(rest);
    if (document.hidden) {
      rest = setTimeout(() => {
        isResting = true;
        follower.stop();
      }, restAfterMs);
    } else if (isResting) {
      isResting = false;
      follower.start();
    } else {
      follower.retryNow();
    }
  };
  document.addEventListener("visibilitychange", look);
  return () => {
    clearTimeout(rest);
    document.removeEventListener("visibilitychange", look);
  };
}

const restAfterMs = 10_000;
