// Print what compose-go, the library of `docker compose`, loads from projects.
//
// Each line of standard input is a request. Each line of output is an object: `project`,
// the loaded model as Compose prints it, or `error`.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

// request is a call of `docker compose` in a folder. Without files, which are those of
// `-f`, Compose finds the files itself.
type request struct {
	Folder string   `json:"folder"`
	Files  []string `json:"files"`
}

type answer struct {
	Project json.RawMessage `json:"project,omitempty"`
	Error   string          `json:"error,omitempty"`
}

func main() {
	requests := json.NewDecoder(bufio.NewReader(os.Stdin))
	answers := json.NewEncoder(os.Stdout)
	for requests.More() {
		var call request
		if err := requests.Decode(&call); err != nil {
			panic(err)
		}
		project, err := call.load()
		result := answer{Project: project}
		if err != nil {
			result = answer{Error: err.Error()}
		}
		if err := answers.Encode(result); err != nil {
			panic(err)
		}
	}
}

// load does what `docker compose` does, with every profile and without the environment
// of the caller. The order of the options is that of Compose.
func (r request) load() ([]byte, error) {
	if err := os.Chdir(r.Folder); err != nil {
		return nil, err
	}
	options, err := cli.NewProjectOptions(
		r.Files,
		cli.WithWorkingDirectory(""),
		cli.WithEnvFiles(),
		cli.WithDotEnv,
		cli.WithConfigFileEnv,
		cli.WithDefaultConfigPath,
		cli.WithEnvFiles(),
		cli.WithDotEnv,
		cli.WithDefaultProfiles("*"),
		cli.WithName("shop"),
	)
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	return project.MarshalJSON()
}
