/** An application as Istio's samples declare it: an account, a Service and a Deployment. */
export function applicationOf(name: string, port: number): string {
  return `apiVersion: v1
kind: ServiceAccount
metadata:
  name: ${name}
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
  labels:
    app: ${name}
spec:
  ports:
  - name: http
    port: ${port}
    targetPort: 80
  selector:
    app: ${name}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: 1
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      serviceAccountName: ${name}
      containers:
      - image: docker.io/library/${name}
        name: ${name}
        ports:
        - containerPort: 80
`;
}
