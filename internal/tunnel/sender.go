package tunnel

import (
	"fmt"
	"time"

	"github.com/gorilla/websocket"
)

// send writes what has to be written, until the channel is over. At the end it
// writes once more, so that the last word goes out, and closes the websocket.
func (c *channel) send() {
	tick := time.NewTicker(c.pace.resend)
	defer tick.Stop()
	pinged := c.now()
	for {
		select {
		case <-c.wake:
		case <-tick.C:
		case <-c.over:
			if ws := c.flush(); ws != nil {
				_ = ws.Close()
			}
			return
		}
		ws := c.flush()
		if ws == nil {
			continue
		}
		if c.now().Sub(pinged) > c.pace.ping {
			pinged = c.now()
			_ = ws.WriteControl(websocket.PingMessage, []byte("keepalive"), time.Now().Add(c.pace.write))
		}
		if c.silent() {
			_ = ws.Close() // the reader sees it, and a new one is made
		}
	}
}

// silent reports whether the websocket is most likely dead without a word: it
// has answered pings and no longer does, or does not say anything while there is
// something to acknowledge. A network that forgets a connection tells nobody.
func (c *channel) silent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.blocked || c.ended != nil || c.now().Sub(c.heard) < c.pace.silence {
		return false
	}
	return c.answers || c.out.waiting(c.now()) >= c.pace.silence
}

// flush writes what is due now, and gives the websocket it wrote to.
func (c *channel) flush() *websocket.Conn {
	c.mu.Lock()
	ws := c.ws
	if ws == nil {
		c.mu.Unlock()
		return nil
	}
	messages := c.owed
	c.owed = nil
	if !c.paused || c.ended != nil {
		messages = append(messages, c.out.due(c.now())...)
	}
	if late := c.out.waiting(c.now()); late > c.pace.giveUp {
		c.finish(fmt.Errorf("the instance has acknowledged nothing for %s", late.Round(time.Second)))
	}
	c.mu.Unlock()
	_ = ws.SetWriteDeadline(time.Now().Add(c.pace.write))
	for _, m := range messages {
		if err := ws.WriteMessage(websocket.BinaryMessage, m); err != nil {
			_ = ws.Close() // the reader sees it, and a new one is made
			return nil
		}
	}
	return ws
}

// rouse tells the sender to look.
func (c *channel) rouse() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
