apiVersion: v1
kind: Pod
spec:
  containers:
    - name: a
      image: {{ if .Values.x }}a/b:1{{ else }}c/d:2{{ end }}
    - name: b
      image: quay.io/acme/b:3
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- toYaml .Values.more | nindent 6 }}
    {{- if .Values.extra }}
    {{ tpl .Values.extra . | nindent 4 }}
    {{- end }}
