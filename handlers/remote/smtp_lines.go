package remote

import (
	"errors"
	"net/textproto"
	"strconv"
	"strings"
)

// lines are commands and replies.
type lines struct{ *textproto.Conn }

// command sends a line and reads the reply, whose code must begin with the digits of
// expect; 0: it may be any.
func (l lines) command(expect int, line string) (int, string, error) {
	if strings.ContainsAny(line, "\r\n") {
		return 0, "", errors.New("a line break in a command")
	}
	if err := l.PrintfLine("%s", line); err != nil {
		return 0, "", err
	}
	return l.reply(expect)
}

// reply reads a reply, whose text may be missing (RFC 5321, 4.2), which
// textproto.Reader does not allow.
func (l lines) reply(expect int) (int, string, error) {
	var texts []string
	for {
		line, err := l.ReadLine()
		if err != nil {
			return 0, "", err
		}
		code, ok := replyCode(line)
		if !ok {
			return 0, "", textproto.ProtocolError("not a reply: " + strconv.Quote(line))
		}
		if len(line) > 3 {
			texts = append(texts, line[4:])
		}
		if len(line) > 3 && line[3] == '-' {
			continue
		}
		text := strings.Join(texts, "\n")
		if !strings.HasPrefix(line, strings.TrimPrefix(strconv.Itoa(expect), "0")) {
			return code, text, &textproto.Error{Code: code, Msg: text}
		}
		return code, text, nil
	}
}

// replyCode gives the code that a line begins with.
func replyCode(line string) (int, bool) {
	if len(line) < 3 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return 0, false
	}
	code, err := strconv.ParseUint(line[:3], 10, 16)
	return int(code), err == nil && code >= 100
}

// extensionsOf gives what a reply to EHLO offers, by names in capitals: those of
// servers may be in any (RFC 5321, 4.1.1.1). The mechanisms of several lines, and of the
// old notation with an equals sign, are one AUTH. (smtplib.py: ehlo)
func extensionsOf(reply string) map[string]string {
	offered := map[string]string{}
	_, rest, _ := strings.Cut(reply, "\n")
	for line := range strings.SplitSeq(rest, "\n") {
		name, parameters, _ := strings.Cut(line, " ")
		name = strings.ToUpper(name)
		if first, old := strings.CutPrefix(name, "AUTH="); old {
			name, parameters = "AUTH", first+" "+parameters
		}
		if name == "AUTH" {
			parameters = offered[name] + " " + strings.ToUpper(parameters)
		}
		offered[name] = parameters
	}
	return offered
}
